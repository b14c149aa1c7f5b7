/**
 * The training graphs of all families at full size, built and checked without running them.
 */
import { describe, expect, test } from 'vitest';
import { networksOf } from '../../trainer/formats/random-checkpoint/sizes.ts';
import type { Family } from '../../trainer/formats/configs.ts';
import type { Builder } from '../../trainer/graph/builder.ts';
import { countOperations } from '../../trainer/graph/operations.ts';
import { verify } from '../../trainer/graph/verify.ts';
import { loraModules } from '../../trainer/lora/modules.ts';
import type { WeightProvider } from '../../trainer/nn/network.ts';
import { buildStep } from '../../trainer/train/step-graph.ts';

const FAMILIES = ['sd1', 'sd2', 'sdxl'] as const satisfies readonly Family[];
const SIZES = { B: 1, h: 32, w: 32 };

describe.each(FAMILIES)('the step of a full-size %s', (family) => {
  const networks = networksOf(family, 'full');
  const textEncoders = networks.textEncoders.map((config) => ({ config }));
  const modules = loraModules(
    { family, unet: { config: networks.unet }, textEncoders },
    { kind: 'chosen', linear: { rank: 4, alpha: 4 } },
  );

  test('holds in every detail, text encoders trained, and gradient checkpointing trades operations for memory', () => {
    const [kept, checkpointed] = [false, true].map((gradientCheckpointing) => {
      const { graph } = buildStep(
        {
          ...networks,
          modules,
          prediction: 'epsilon',
          textInside: true,
          windows: 1,
          clipSkip: 1,
          gradientCheckpointing,
        },
        weightLeaves,
      );
      verify(graph);
      return countOperations(graph, SIZES);
    });
    expect(checkpointed?.peakBytes).toBeLessThan(kept?.peakBytes ?? 0);
    expect(checkpointed?.productOperations).toBeGreaterThan(kept?.productOperations ?? Infinity);
    // At most the forward part once more, which is less than half of a step.
    expect(checkpointed?.productOperations).toBeLessThan(1.5 * (kept?.productOperations ?? 0));
  });
});

/** Every weight as a leaf; rows of one as a leaf of their own. */
const weightLeaves = (g: Builder): WeightProvider => ({
  get: (name, shape, rows) =>
    rows === undefined ? g.weight(name, shape) : g.weight(`${name}[${rows.start}]`, [rows.count, ...shape.slice(1)]),
});
