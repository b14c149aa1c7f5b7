/**
 * What the benchmark measures, and what an SDXL step would take, planned on paper from the same graph.
 */
import { elementCount } from '../../base/tensor.ts';
import { textEncoderWeights, unetWeights, vaeWeights } from '../../formats/checkpoint/expected-weights.ts';
import { networksOf } from '../../formats/random-checkpoint/sizes.ts';
import type { Graph } from '../../graph/graph.ts';
import { countOperations, type GraphCost } from '../../graph/operations.ts';
import { loraModules } from '../../lora/modules.ts';
import { buildStep } from '../../train/step-graph.ts';
import { BENCH_CHOICES, benchSizes, RANK, type BenchCase } from './measurement.ts';

type Case = Omit<BenchCase, 'checkpoint'>;

const STEPS = 4;

const growing = (gradientCheckpointing: boolean): readonly Case[] => [
  { resolution: 256, batch: 1, gradientCheckpointing, steps: STEPS },
  { resolution: 512, batch: 1, gradientCheckpointing, steps: STEPS },
  { resolution: 768, batch: 1, gradientCheckpointing, steps: 2 },
  { resolution: 256, batch: 4, gradientCheckpointing, steps: STEPS },
];

/** The whole benchmark, and the two cases that most figures come from. */
export const CASES = {
  whole: [...growing(false), ...growing(true)],
  quick: [growing(false)[0], growing(false)[1]].filter((bench) => bench !== undefined),
} as const;

export interface PaperPlan {
  readonly resolution: number;
  readonly modules: number;
  /** Entries that a checkpoint of this family must have. */
  readonly weights: number;
  /** Bytes of the weights in f16. */
  readonly weightBytes: number;
  /** Floating-point operations of a step. */
  readonly operations: number;
  /** Bytes of activations and gradients alive at once, weights and scratch memory aside. */
  readonly peakBytes: number;
  readonly peakBytesCheckpointing: number;
}

const SDXL_RESOLUTION = 1024;

/** An SDXL step of batch 1 at 1024 px, from its graph, without running it. */
export function planSdxl(): PaperPlan {
  const networks = networksOf('sdxl', 'full');
  const checkpoint = {
    family: 'sdxl' as const,
    unet: { config: networks.unet },
    textEncoders: networks.textEncoders.map((config) => ({ config })),
  };
  const modules = loraModules(checkpoint, { kind: 'chosen', linear: { rank: RANK, alpha: RANK } }).filter(
    ({ part }) => part === 'unet',
  );
  const graphWith = (gradientCheckpointing: boolean): Graph =>
    buildStep({ ...BENCH_CHOICES, ...networks, modules, gradientCheckpointing }, (g) => ({
      get: (name, shape, rows) =>
        g.weight(
          rows === undefined ? name : `${name} from ${rows.start}`,
          rows === undefined ? shape : [rows.count, ...shape.slice(1)],
        ),
    })).graph;
  const shapes = [
    unetWeights(networks.unet),
    vaeWeights(networks.vae),
    ...networks.textEncoders.map(textEncoderWeights),
  ];
  const elements = shapes.flatMap((part) => [...part.values()]).reduce((sum, shape) => sum + elementCount(shape), 0);
  const bindings = { ...benchSizes(SDXL_RESOLUTION, 1), S: 77 };
  const [plain, checkpointing] = [false, true].map((on) => countOperations(graphWith(on), bindings)) as [
    GraphCost,
    GraphCost,
  ];
  return {
    resolution: SDXL_RESOLUTION,
    modules: modules.length,
    weights: shapes.reduce((sum, part) => sum + part.size, 0),
    weightBytes: 2 * elements,
    operations: plain.productOperations,
    peakBytes: plain.peakBytes,
    peakBytesCheckpointing: checkpointing.peakBytes,
  };
}
