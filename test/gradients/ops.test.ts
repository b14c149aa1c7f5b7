/**
 * Every gradient rule against central differences, on every sample of its op: no case is written by hand.
 *
 * One random direction per differentiable input: the derivative of the loss along it, by the gradient graph and by the
 * difference quotient of the reference executor in double precision.
 */
import { describe, expect, test } from 'vitest';
import { must } from '../../trainer/base/errors.ts';
import { createGenerator } from '../../trainer/base/random.ts';
import { fromTensor, type Doubles } from '../../trainer/exec/reference/doubles.ts';
import { evaluate } from '../../trainer/exec/reference/index.ts';
import { differentiate } from '../../trainer/graph/autodiff/index.ts';
import { GraphError } from '../../trainer/graph/builder.ts';
import { evaluateShape } from '../../trainer/graph/dims.ts';
import { leafName } from '../../trainer/graph/graph.ts';
import type { OpName } from '../../trainer/graph/ops.ts';
import { SAMPLES } from '../samples/ops.ts';
import { buildSample, drawFeeds, eachSample, titleOf, weightedLoss, type Sample } from '../samples/sample.ts';
import { GRADIENT_TOLERANCE } from '../samples/tolerances.ts';

const STEP = 1e-5;

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
  const built = buildSample(op, sample);
  const loss = weightedLoss(built);
  const wrt = built.leaves.filter(({ dtype }) => dtype === 'f32');
  const gradients = differentiate(built.g, loss, wrt);
  const named = Object.fromEntries(gradients.map((gradient, index) => [`d${index}`, gradient]));
  const graph = built.g.finish({ loss, ...named });
  const drawn = drawFeeds(op, sample);
  const feeds = Object.fromEntries(Object.entries(drawn).map(([name, tensor]) => [name, fromTensor(tensor)]));
  const outputs = evaluate(graph, feeds);

  for (const [index, leaf] of wrt.entries()) {
    const name = must(leafName(leaf), 'the name of a leaf');
    const gradient = must(outputs.get(`d${index}`), 'a gradient');
    expect(gradient.shape).toEqual(evaluateShape(leaf.shape, sample.bindings ?? {}));
    const direction = randomLike(must(feeds[name], name), index);
    const lossAt = (step: number): number => {
      const moved = { ...feeds, [name]: shift(must(feeds[name], name), direction, step) };
      return must(evaluate(graph, moved).get('loss')?.data[0], 'the loss');
    };
    const quotient = (lossAt(STEP) - lossAt(-STEP)) / (2 * STEP);
    const derivative = gradient.data.reduce((sum, value, at) => sum + value * must(direction[at], 'a direction'), 0);
    const error = Math.abs(derivative - quotient) / Math.max(1, Math.abs(quotient));
    expect(error, `along ${name}: ${derivative}, difference quotient ${quotient}`).toBeLessThan(GRADIENT_TOLERANCE.f64);
  }
}

const randomLike = (x: Doubles, seed: number): Float64Array =>
  Float64Array.from(createGenerator(100 + seed).normals(x.data.length));

const shift = (x: Doubles, direction: Float64Array, step: number): Doubles => ({
  shape: x.shape,
  data: x.data.map((value, at) => value + step * must(direction[at], 'a direction')),
});
