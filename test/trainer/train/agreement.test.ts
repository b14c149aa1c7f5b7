import { describe, expect, test } from 'vitest';
import { f32 } from '../../../trainer/base/tensor.ts';
import { layoutLora } from '../../../trainer/lora/layout.ts';
import type { LoraModule } from '../../../trainer/lora/modules.ts';
import { agreementOf, type Repeated } from '../../../trainer/train/agreement.ts';
import type { Tensors, Trace } from '../../../trainer/train/trace.ts';

const NORM_GROUPS = 4;

/** Rank 1, two inputs; down is [1, 2], up [out, 1]. */
const moduleOf = (name: string, layer: string, outFeatures: number): LoraModule => ({
  layer: { name: `unet/${layer}`, kind: 'linear', inFeatures: 2, outFeatures, kernel: 1 },
  name,
  part: 'unet',
  rank: 1,
  alpha: 1,
});
const attention = moduleOf('attention', 'down_blocks.0.attentions.0.proj_in', 2);

interface Numbers {
  readonly gradient: readonly number[];
  readonly change: readonly number[];
  readonly losses?: readonly number[];
}

/** What is found, against what is expected; everything starts from 1, 1, ... */
function agreement(modules: readonly LoraModule[], found: Numbers, expected: Numbers) {
  const layout = layoutLora(modules);
  const initial = new Float32Array(layout.size).fill(1);
  const moved = (change: readonly number[]) => initial.map((value, index) => value + (change[index] ?? 0));
  const tensors = (values: Float32Array): Tensors =>
    new Map(
      layout.entries.map(({ name, shape, offset, size }) => [name, f32(shape, values.slice(offset, offset + size))]),
    );
  const repeated: Repeated = {
    layout,
    normGroups: NORM_GROUPS,
    losses: found.losses ?? [],
    firstGradient: Float32Array.from(found.gradient),
    initial,
    final: moved(found.change),
  };
  const trace: Trace = {
    folder: '/traces/a',
    name: 'a',
    family: 'sd15',
    settings: {},
    steps: 1,
    ids: [],
    losses: expected.losses ?? [],
    batches: new Map(),
    initial: tensors(initial),
    firstGradients: tensors(Float32Array.from(expected.gradient)),
    final: tensors(moved(expected.change)),
  };
  return agreementOf(trace, repeated);
}

describe('one module, whose numbers are two of down and two of up', () => {
  test('the same numbers agree', () => {
    const same = { gradient: [1, 2, 3, 4], change: [0.5, 0.25, 0.5, 0.25], losses: [1, 2] };
    expect(agreement([attention], same, same)).toEqual({
      status: 'ok',
      maxLossError: 0,
      minGradCosine: expect.closeTo(1, 6) as number,
      finalCosine: expect.closeTo(1, 6) as number,
      roundingOnly: 0,
    });
  });

  test('cosines and errors are what they are called', () => {
    const expected = { gradient: [1, 0, 1, 0], change: [1, 0, 1, 0], losses: [2, 4] };
    const found = { gradient: [3, 4, 1, 0], change: [1, 1, 1, 0], losses: [2, 3] };
    // (3, 4)·(1, 0) / 5, (1, 1, 1, 0)·(1, 0, 1, 0) / √6, |3 − 4| / 4
    expect(agreement([attention], found, expected)).toMatchObject({
      status: 'differs',
      maxLossError: 0.25,
      minGradCosine: expect.closeTo(0.6, 6) as number,
      finalCosine: expect.closeTo(2 / Math.sqrt(6), 6) as number,
    });
  });

  test('down counts in what changed although its first gradient is 0, as where up starts at 0', () => {
    const expected = { gradient: [0, 0, 3, 4], change: [1, 0, 1, 0] };
    const found = { gradient: [0, 0, 3, 4], change: [-1, 0, 1, 0] };
    expect(agreement([attention], found, expected)).toMatchObject({
      status: 'differs',
      minGradCosine: expect.closeTo(1, 6) as number,
      finalCosine: 0,
      roundingOnly: 0,
    });
  });

  test('a loss that is no number differs', () => {
    const numbers = { gradient: [1, 1, 1, 1], change: [1, 1, 1, 1] };
    const { status } = agreement([attention], { ...numbers, losses: [Number.NaN] }, { ...numbers, losses: [1] });
    expect(status).toBe('differs');
  });

  test('a run that changes nothing agrees with one that changes nothing', () => {
    const still = { gradient: [1, 1, 1, 1], change: [0, 0, 0, 0] };
    expect(agreement([attention], still, still)).toMatchObject({ status: 'ok', finalCosine: 1 });
    expect(agreement([attention], { ...still, change: [1, 0, 0, 0] }, still)).toMatchObject({ status: 'differs' });
  });
});

describe('gradients that are rounding alone', () => {
  const shift = moduleOf('shift', 'down_blocks.0.resnets.0.time_emb_proj', NORM_GROUPS);
  const wider = moduleOf('wider', 'down_blocks.0.resnets.0.time_emb_proj', 2 * NORM_GROUPS);
  const real = { gradient: [1, 1, 1, 1], change: [1, 1, 1, 1] };
  /** The attention's numbers are right, the second module's have the wrong sign. */
  const withSecond = (second: LoraModule, size: number) => {
    const numbers = (value: number): number[] => Array.from({ length: second.layer.outFeatures + 2 }, () => value);
    return agreement(
      [attention, second],
      { gradient: [...real.gradient, ...numbers(size)], change: [...real.change, ...numbers(1)] },
      { gradient: [...real.gradient, ...numbers(-size)], change: [...real.change, ...numbers(-1)] },
    );
  };

  test('a shift before a group norm of one channel a group is left out, whatever its size', () => {
    expect(withSecond(shift, 1e-3)).toMatchObject({ status: 'ok', roundingOnly: 2 });
  });

  test('with two channels a group it counts', () => {
    expect(withSecond(wider, 1e-3)).toMatchObject({
      status: 'differs',
      minGradCosine: expect.closeTo(-1, 6) as number,
    });
  });

  test('below two millionths of the whole gradient, any matrix is left out', () => {
    expect(withSecond(wider, 1e-7)).toMatchObject({ status: 'ok', roundingOnly: 2 });
  });
});
