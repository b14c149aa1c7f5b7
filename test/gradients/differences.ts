/**
 * Holds the gradients of a sample against difference quotients of the reference executor, in double precision.
 */
import { expect } from 'vitest';
import { must } from '../../trainer/base/errors.ts';
import { createGenerator } from '../../trainer/base/random.ts';
import type { Tensor } from '../../trainer/base/tensor.ts';
import { fromTensor, type Doubles } from '../../trainer/exec/reference/doubles.ts';
import { evaluate } from '../../trainer/exec/reference/index.ts';
import { differentiate } from '../../trainer/graph/autodiff/index.ts';
import { leafName } from '../../trainer/graph/graph.ts';
import { weightedLoss, type SampleGraph } from '../samples/sample.ts';
import { GRADIENT_TOLERANCE } from '../samples/tolerances.ts';

const STEP = 1e-5;

/** One random direction per differentiable leaf: the derivative of the weighted loss along it, both ways. */
export function checkAgainstDifferences(built: SampleGraph, drawn: Readonly<Record<string, Tensor>>): void {
  const loss = weightedLoss(built);
  const wrt = built.leaves.filter(({ dtype }) => dtype === 'f32');
  const gradients = differentiate(built.g, loss, wrt);
  const named = Object.fromEntries(gradients.map((gradient, index) => [`d${index}`, gradient]));
  const feeds = Object.fromEntries(Object.entries(drawn).map(([name, tensor]) => [name, fromTensor(tensor)]));
  const outputs = evaluate(built.g.finish(named), feeds);
  const forward = built.g.finish({ loss });
  const lossOf = (moved: Readonly<Record<string, Doubles>>): number =>
    must(evaluate(forward, { ...feeds, ...moved }).get('loss')?.data[0], 'the loss');

  for (const [index, leaf] of wrt.entries()) {
    const name = must(leafName(leaf), 'the name of a leaf');
    const [x, gradient] = [must(feeds[name], name), must(outputs.get(`d${index}`), 'a gradient')];
    expect(gradient.shape).toEqual(x.shape);
    const direction = Float64Array.from(createGenerator(100 + index).normals(x.data.length));
    const forwardLoss = lossOf({ [name]: shift(x, direction, STEP) });
    const backwardLoss = lossOf({ [name]: shift(x, direction, -STEP) });
    const quotient = (forwardLoss - backwardLoss) / (2 * STEP);
    const derivative = gradient.data.reduce((sum, value, at) => sum + value * must(direction[at], 'a direction'), 0);
    const error = Math.abs(derivative - quotient) / Math.max(1, Math.abs(quotient));
    expect(error, `along ${name}: ${derivative}, difference quotient ${quotient}`).toBeLessThan(GRADIENT_TOLERANCE.f64);
  }
}

const shift = (x: Doubles, direction: Float64Array, step: number): Doubles => ({
  shape: x.shape,
  data: x.data.map((value, at) => value + step * must(direction[at], 'a direction')),
});
