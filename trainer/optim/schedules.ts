/**
 * Learning-rate schedules: what the learning rate of an optimizer step is, as a factor of each parameter group's own
 * rate.
 *
 * Source: transformers' optimization.py and diffusers' optimization.py, through sd-scripts' `get_scheduler_fix`, which
 * fixes which options reach them. Checked against transformers 5.23: test/golden/math/lr_schedules.json.
 */
import { assert, must } from '../base/errors.ts';

/** sd-scripts' names (`lr_scheduler`). */
export const LR_SCHEDULES = [
  'constant',
  'constant_with_warmup',
  'cosine',
  'cosine_with_min_lr',
  'cosine_with_restarts',
  'inverse_sqrt',
  'linear',
  'piecewise_constant',
  'polynomial',
  'warmup_stable_decay',
] as const;

export type LrScheduleName = (typeof LR_SCHEDULES)[number];

export interface LrScheduleSettings {
  readonly name: LrScheduleName;
  /** Optimizer steps of the whole run. */
  readonly totalSteps: number;
  /** Steps of linear rise from 0 (see `stepsOf`). */
  readonly warmupSteps: number;
  /** warmup_stable_decay: steps of the fall at the end. */
  readonly decaySteps?: number;
  /**
   * `lr_scheduler_num_cycles`: restarts for cosine_with_restarts, half waves for cosine_with_min_lr and
   * warmup_stable_decay.
   */
  readonly cycles?: number;
  /** polynomial. */
  readonly power?: number;
  /** polynomial: the learning rate it ends at, and the one that it starts from. */
  readonly endRate?: number;
  readonly baseRate?: number;
  /** inverse_sqrt: steps; by default the warmup, or 10,000 without one. */
  readonly timescale?: number;
  /** cosine_with_min_lr and warmup_stable_decay: what is left at the end. */
  readonly minRatio?: number;
  /** warmup_stable_decay: the shapes of rise and fall. */
  readonly warmupShape?: RampShape;
  readonly decayShape?: RampShape;
  /** piecewise_constant: "1:10,0.1:20,0.01" is 1 before step 10, 0.1 before step 20, then 0.01. */
  readonly stepRules?: string;
}

export type RampShape = 'linear' | 'cosine' | '1-sqrt';

/** Step 0 is the first optimizer step. */
export type LrFactor = (step: number) => number;

const DEFAULT_END_RATE = 1e-7;
const DEFAULT_TIMESCALE = 10_000;

/** A schedule that would silently ignore its warmup is refused, as sd-scripts refuses it. */
export const takesWarmup = (name: LrScheduleName): boolean => name !== 'constant' && name !== 'piecewise_constant';

/**
 * @throws {InternalError} if the schedule cannot have the warmup, or lacks what it needs: the job's rules refuse that
 */
export function lrSchedule(settings: LrScheduleSettings): LrFactor {
  const { name, warmupSteps, totalSteps } = settings;
  assert(warmupSteps === 0 || takesWarmup(name), `${name} takes no warmup, not ${warmupSteps} steps of it`);
  const fall = afterWarmup(settings);
  // This one shapes its own rise.
  if (name === 'warmup_stable_decay') return fall;
  const progress = (step: number): number => (step - warmupSteps) / Math.max(1, totalSteps - warmupSteps);
  return (step) => (step < warmupSteps ? step / warmupSteps : fall(step, progress(step)));
}

type Fall = (step: number, progress?: number) => number;

/** The part after the warmup; `progress` runs from 0 there to 1 at the end of the run. */
function afterWarmup(settings: LrScheduleSettings): Fall {
  const { name, cycles = 1, power = 1, minRatio } = settings;
  switch (name) {
    case 'constant':
    case 'constant_with_warmup':
      return () => 1;
    case 'linear':
      return (_, progress = 0) => Math.max(0, 1 - progress);
    case 'cosine':
      return (_, progress = 0) => Math.max(0, halfCosine(progress));
    case 'cosine_with_restarts':
      return (_, progress = 0) => (progress >= 1 ? 0 : Math.max(0, halfCosine((cycles * progress) % 1)));
    case 'cosine_with_min_lr':
      return (_, progress = 0) =>
        Math.max(0, above(must(minRatio, 'the smallest ratio'), halfCosine(cycles * progress)));
    case 'polynomial':
      return polynomial(settings, power);
    case 'inverse_sqrt':
      return inverseSquareRoot(settings);
    case 'piecewise_constant':
      return piecewiseConstant(must(settings.stepRules, 'the rules of piecewise_constant'));
    case 'warmup_stable_decay':
      return warmupStableDecay(settings);
  }
}

/** From 1 at 0 down to 0 at 1. */
const halfCosine = (progress: number): number => 0.5 * (1 + Math.cos(Math.PI * progress));

/** Squeezes a factor of [0, 1] into [floor, 1]. */
const above = (floor: number, factor: number): number => factor * (1 - floor) + floor;

/** lr = (lr₀ − lr₁) · (1 − progress)^power + lr₁, as a factor of lr₀. */
function polynomial({ endRate = DEFAULT_END_RATE, baseRate }: LrScheduleSettings, power: number): Fall {
  const start = must(baseRate, 'the learning rate that a polynomial starts from');
  return (_, progress = 0) => {
    if (progress > 1) return endRate / start;
    return ((start - endRate) * (1 - progress) ** power + endRate) / start;
  };
}

/** 1/√((step + timescale − warmup)/timescale). */
function inverseSquareRoot({ timescale, warmupSteps }: LrScheduleSettings): Fall {
  const scale = timescale ?? (warmupSteps || DEFAULT_TIMESCALE);
  return (step) => 1 / Math.sqrt((step + scale - warmupSteps) / scale);
}

function piecewiseConstant(rules: string): Fall {
  const pieces = rules.split(',');
  const last = Number(pieces.pop());
  const bounds = pieces
    .map((piece) => piece.split(':').map(Number))
    .map(([factor = NaN, before = NaN]) => ({ factor, before }))
    .sort((a, b) => a.before - b.before);
  const numbers = [last, ...bounds.flatMap(({ factor, before }) => [factor, before])];
  assert(numbers.every(Number.isFinite), `not rules of a piecewise constant schedule: ${rules}`);
  return (step) => bounds.find(({ before }) => step < before)?.factor ?? last;
}

function warmupStableDecay(settings: LrScheduleSettings): Fall {
  const { warmupSteps, totalSteps, decaySteps = 0, cycles = 1, minRatio = 0 } = settings;
  const { warmupShape = 'linear', decayShape = 'cosine' } = settings;
  const decayStart = totalSteps - decaySteps;
  return (step) => {
    if (step < warmupSteps) return Math.max(0, above(minRatio, rise(warmupShape, step / warmupSteps)));
    if (step < decayStart) return 1;
    if (step >= totalSteps) return minRatio;
    return Math.max(0, above(minRatio, decline(decayShape, (step - decayStart) / decaySteps, cycles)));
  };
}

function rise(shape: RampShape, progress: number): number {
  switch (shape) {
    case 'linear':
      return progress;
    case 'cosine':
      return 0.5 * (1 - Math.cos(Math.PI * progress));
    case '1-sqrt':
      return 1 - Math.sqrt(1 - progress);
  }
}

function decline(shape: RampShape, progress: number, cycles: number): number {
  switch (shape) {
    case 'linear':
      return 1 - progress;
    case 'cosine':
      return halfCosine(cycles * progress);
    case '1-sqrt':
      return 1 - Math.sqrt(progress);
  }
}

/** Steps of a share of the run as the job states it: a number of steps, or a fraction below 1, rounded down. */
export function stepsOf(share: { readonly steps: number } | { readonly fraction: number }, totalSteps: number): number {
  return 'steps' in share ? share.steps : Math.floor(share.fraction * totalSteps);
}
