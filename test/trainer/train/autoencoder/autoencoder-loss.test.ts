import { describe, expect, test } from 'vitest';
import { must } from '../../../../trainer/base/errors.ts';
import { evaluate } from '../../../../trainer/exec/reference/index.ts';
import { createBuilder, type Builder } from '../../../../trainer/graph/builder.ts';
import type { Value } from '../../../../trainer/graph/graph.ts';
import {
  adaptiveWeight,
  averaged,
  generatorLoss,
  hingeLoss,
  klDivergence,
  reconstructionError,
} from '../../../../trainer/train/autoencoder/autoencoder-loss.ts';

function result(build: (g: Builder) => Value): readonly number[] {
  const g = createBuilder();
  return [...must(evaluate(g.finish({ y: build(g) }), {}).get('y'), 'y').data];
}

test('the divergence of a posterior from the standard normal distribution, by hand', () => {
  const found = result((g) =>
    klDivergence(g, {
      mean: g.constant([0, 1, 0, -2], [1, 4, 1, 1]),
      logVariance: g.constant([0, 0, Math.log(4), Math.log(4)], [1, 4, 1, 1]),
    }),
  );
  // (mean² + variance - 1 - ln variance)/2: nothing; 1/2; (4 - 1 - ln 4)/2; the same and 4/2.
  const wide = (3 - Math.log(4)) / 2;
  for (const [index, expected] of [0, 0.5, wide, wide + 2].entries()) expect(found[index]).toBeCloseTo(expected, 12);
});

test('errors of a reconstruction: absolute, squared, and absolute with a rounded foot', () => {
  const of = (rule: 'l1' | 'l2' | 'charbonnier'): readonly number[] =>
    result((g) => reconstructionError(g, rule, g.constant([0, -0.5, 0.02])));
  expect(of('l1')).toEqual([0, 0.5, 0.02]);
  expect(of('l2')).toEqual([0, 0.25, 0.0004]);
  for (const [index, expected] of [0.02, Math.hypot(0.5, 0.02), 0.02 * Math.SQRT2].entries()) {
    expect(of('charbonnier')[index]).toBeCloseTo(expected, 12);
  }
});

test('a sum is over a picture’s elements and the mean over pictures; a mean is over all elements', () => {
  const of = (averaging: 'sum' | 'mean'): readonly number[] =>
    result((g) => averaged(g, averaging, g.constant([1, 2, 3, 4, 5, 6, 7, 8], [2, 1, 2, 2])));
  expect(of('sum')).toEqual([(10 + 26) / 2]);
  expect(of('mean')).toEqual([4.5]);
});

test('the hinge counts logits on the wrong side of 1 and -1', () => {
  const logits = (g: Builder, data: readonly number[]): Value => g.constant(data, [2, 1, 1, 1]);
  // Real 3 is good enough, 0.5 lacks 0.5; fake -2 is good enough, 0.2 is 1.2 too high: (0.25 + 0.6)/2.
  const [loss] = result((g) => hingeLoss(g, logits(g, [3, 0.5]), logits(g, [-2, 0.2])));
  expect(loss).toBeCloseTo(0.425, 12);
  expect(result((g) => generatorLoss(g, logits(g, [-2, 0.2])))[0]).toBeCloseTo(0.9, 12);
});

describe('the adaptive weight', () => {
  const of = (generator: number): number =>
    must(
      result((g) => {
        const weight = (data: readonly number[]): Value => g.constant(data, [1, 2, 1, 1]);
        return adaptiveWeight(g, 0.5, [weight([3, 4]), weight([0, generator])]);
      })[0],
      'the weight',
    );

  test('is the quotient of the two norms', () => expect(of(-2)).toBeCloseTo((0.5 * 5) / 2.0001, 12));

  // 5/1e-4 would be 50,000.
  test('is bounded where the generator has no gradient', () => expect(of(0)).toBe(0.5 * 1e4));
});
