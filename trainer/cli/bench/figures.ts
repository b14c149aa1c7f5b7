/**
 * From measurements to figures beside their goals, as ratios of the same run where machines differ.
 */
import type { PaperPlan } from './plan.ts';
import type { Measurement } from './measurement.ts';

export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What it should be at least or at most, and where others stand on two cores. */
  readonly goal?: { readonly atLeast?: number; readonly atMost?: number; readonly others: string };
  readonly met?: boolean;
}

interface Goal {
  readonly name: string;
  readonly resolution: number;
  readonly gradientCheckpointing: boolean;
  readonly unit: string;
  readonly valueOf: (measurement: Measurement) => number;
  readonly atLeast?: number;
  readonly atMost?: number;
  readonly others: string;
}

/** PyTorch's figures: 2.15 with sd-scripts and SDPA, two cores with AVX-512. */
const GOALS: readonly Goal[] = [
  {
    name: 'speed of a step over a 2048³ matrix product, 256 px',
    resolution: 256,
    gradientCheckpointing: false,
    unit: 'ratio',
    valueOf: (m) => m.operations / bestStep(m) / m.yardstick,
    atLeast: 0.9,
    others: 'first experiments 0.7 to 0.85',
  },
  { name: 'a step, 256 px', ...timed(256), atMost: 2.3, others: 'PyTorch 2.3 to 2.8' },
  { name: 'a step, 512 px', ...timed(512), atMost: 9.4, others: 'PyTorch 9.4' },
  { name: 'peak memory, 256 px', ...heavy(256, false), atMost: 4.1, others: 'PyTorch 5.5' },
  { name: 'peak memory, 512 px', ...heavy(512, false), atMost: 5, others: 'PyTorch 8.2' },
  { name: 'peak memory, 512 px, gradient checkpointing', ...heavy(512, true), atMost: 4.3, others: 'PyTorch 6.1' },
  {
    name: 'from the file to the first step, 256 px',
    resolution: 256,
    gradientCheckpointing: false,
    unit: 's',
    valueOf: (m) => m.startSeconds,
    atMost: 3,
    others: 'PyTorch 9 to 17',
  },
];

function timed(resolution: number) {
  return { resolution, gradientCheckpointing: false, unit: 's', valueOf: bestStep };
}

function heavy(resolution: number, gradientCheckpointing: boolean) {
  return { resolution, gradientCheckpointing, unit: 'GB', valueOf: (m: Measurement) => m.peakMemory / 1e9 };
}

/** The quickest step after the first: what the machine can do when nothing else runs. */
export function bestStep({ stepSeconds }: Measurement): number {
  const later = stepSeconds.length > 1 ? stepSeconds.slice(1) : stepSeconds;
  return Math.min(...later);
}

/** The figures that have goals; those whose case was not measured are left out. */
export function figuresOf(measurements: readonly Measurement[]): readonly Figure[] {
  return GOALS.flatMap(({ name, unit, valueOf, atLeast, atMost, others, ...wanted }) => {
    const measured = measurements.find(
      ({ case: { resolution, batch, gradientCheckpointing } }) =>
        resolution === wanted.resolution && batch === 1 && gradientCheckpointing === wanted.gradientCheckpointing,
    );
    if (measured === undefined) return [];
    const value = valueOf(measured);
    const met = value >= (atLeast ?? -Infinity) && value <= (atMost ?? Infinity);
    const goal = { others, ...(atLeast === undefined ? {} : { atLeast }), ...(atMost === undefined ? {} : { atMost }) };
    return [{ name, value, unit, goal, met }];
  });
}

export function figureLines(figures: readonly Figure[]): string {
  const rows = figures.map(({ name, value, unit, goal, met }) => [
    name,
    `${value.toFixed(2)}${unit === 'ratio' ? '' : ` ${unit}`}`,
    goal?.atLeast === undefined ? `<= ${goal?.atMost ?? ''}` : `>= ${goal.atLeast}`,
    met === true ? 'met' : 'missed',
    goal?.others ?? '',
  ]);
  return table(['figure', 'measured', 'goal', '', 'others'], rows);
}

/** How time and memory grow, as ratios to the first case. */
export function growthLines(measurements: readonly Measurement[]): string {
  const [first] = measurements;
  if (first === undefined) return '';
  const rows = measurements.map((m) => [
    `${m.case.resolution} px, batch ${m.case.batch}${m.case.gradientCheckpointing ? ', gradient checkpointing' : ''}`,
    `${bestStep(m).toFixed(2)} s`,
    (bestStep(m) / bestStep(first)).toFixed(2),
    `${(m.peakMemory / 1e9).toFixed(2)} GB`,
    (m.peakMemory / first.peakMemory).toFixed(2),
    (m.operations / bestStep(m) / m.yardstick).toFixed(2),
    `${m.startSeconds.toFixed(1)} s`,
    `${(m.stepSeconds[0] ?? NaN).toFixed(1)} s`,
  ]);
  return table(['case', 'step', 'x', 'memory', 'x', 'of the product', 'start', 'first step'], rows);
}

export function planLines(plan: PaperPlan): string {
  const giga = (value: number): string => `${(value / 1e9).toFixed(2)} GB`;
  return [
    `SDXL at ${plan.resolution} px, batch 1, on paper: ${(plan.operations / 1e12).toFixed(1)} TFLOP a step, ${plan.modules} LoRA modules in the UNet,`,
    `${plan.weights} weights of ${giga(plan.weightBytes)} in f16, ${giga(plan.peakBytes)} of activations at the peak`,
    `(${giga(plan.peakBytesCheckpointing)} with gradient checkpointing).`,
  ].join('\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return `${[line(head), ...rows.map(line)].join('\n')}\n`;
}
