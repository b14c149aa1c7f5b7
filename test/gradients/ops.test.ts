/**
 * Every gradient rule against central differences, on every sample of its op: no case is written by hand.
 *
 * One random direction per differentiable input: the derivative of the loss along it, by the gradient graph and by the
 * difference quotient of the reference executor in double precision.
 */
import { describe, expect, test } from 'vitest';
import { must } from '../../trainer/base/errors.ts';
import { differentiate } from '../../trainer/graph/autodiff/index.ts';
import { GraphError } from '../../trainer/graph/builder.ts';
import type { OpName } from '../../trainer/graph/ops.ts';
import { SAMPLES } from '../samples/ops.ts';
import { buildSample, drawFeeds, eachSample, titleOf, weightedLoss, type Sample } from '../samples/sample.ts';
import { checkAgainstDifferences } from './differences.ts';

describe('the gradient agrees with the difference quotient', () => {
  eachSample(SAMPLES, (op, sample) => {
    if (op !== 'attentionGradient') test(titleOf(op, sample), () => checkGradient(op, sample));
  });
});

test('every sample has a title of its own, so that a failure names one', () => {
  const titles = eachSample(SAMPLES, titleOf);
  expect(titles.filter((title, index) => titles.indexOf(title) !== index)).toEqual([]);
});

test('the gradient of attention has no derivative and says so', () => {
  const [sample] = SAMPLES.attentionGradient;
  const built = buildSample('attentionGradient', must(sample, 'a sample'));
  expect(() => differentiate(built.g, weightedLoss(built), built.leaves)).toThrow(GraphError);
  expect(() => differentiate(built.g, weightedLoss(built), built.leaves)).toThrow(
    /input 0 \(x0\) of attentionGradient#1: attention has no second derivative/,
  );
});

function checkGradient<Op extends OpName>(op: Op, sample: Sample<Op>): void {
  checkAgainstDifferences(buildSample(op, sample), drawFeeds(op, sample));
}
