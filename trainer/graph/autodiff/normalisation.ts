/**
 * Gradients of the ops that normalise rows, and of attention.
 *
 * Statistics are [N, 1], tiny beside x [N, C]: everything that can be is computed on them first, so that the passes
 * over x are few.
 */
import { GraphError } from '../builder.ts';
import { at } from '../shape-rules.ts';
import type { Value } from '../graph.ts';
import type { AttentionOp, RowOp } from '../ops.ts';
import { flattenRows, gradientOf, inputOf, once, outputOf, type Gradient, type Rules, type Step } from './rule.ts';

export const NORMALISATION_RULES: Rules<RowOp | AttentionOp> = {
  moments: (step) => [
    () => {
      const { g } = step;
      const [mean, inverse] = [outputOf(step, 0), outputOf(step, 1)];
      const [dMean, dInverse] = step.gradients;
      const { slope, offset } = throughMoments(step, { inverse, dMean, dInverse });
      if (slope === undefined) return g.expand(offset, inputOf(step).shape);
      // (x - mean)·slope + offset in two passes over x.
      return g.add(g.mul(inputOf(step), slope), g.sub(offset, g.mul(mean, slope)));
    },
  ],
  layerNorm: layerNormRule,
  // dx = y·(dy - sum(dy·y))
  softmax: (step) => [
    () => {
      const { g } = step;
      const [y, dy] = [outputOf(step), gradientOf(step)];
      return g.mul(y, g.sub(dy, g.reduceSum(g.mul(dy, y), [-1])));
    },
  ],
  attention: (step) => {
    const { g, attributes } = step;
    const operands = [inputOf(step, 0), inputOf(step, 1), inputOf(step, 2), outputOf(step), gradientOf(step)];
    const all = once(() => g.apply('attentionGradient', operands, attributes));
    return [0, 1, 2].map((index) => () => all()[index] as Value);
  },
  attentionGradient: () => {
    const refuse = (): never => {
      throw new GraphError('attention has no second derivative');
    };
    return [refuse, refuse, refuse, refuse, refuse];
  },
};

interface Statistics {
  readonly inverse: Value;
  readonly dMean: Value | undefined;
  readonly dInverse: Value | undefined;
}

/**
 * What the gradients of a row's mean and inverse deviation r add to dx, as (x - mean)·slope + offset:
 *
 *     d mean / dx = 1/L        d r / dx = -r³·(x - mean)/L
 *
 * The slope is missing where nothing depends on the deviation.
 */
function throughMoments(step: Step, { inverse, dMean, dInverse }: Statistics): { slope?: Value; offset: Value } {
  const { g } = step;
  const perElement = step.inverseSize(at(inputOf(step).shape, -1));
  const offset = dMean === undefined ? g.constant(0) : g.mul(dMean, perElement);
  if (dInverse === undefined) return { offset };
  const cube = g.mul(inverse, g.mul(inverse, inverse));
  return { offset, slope: g.mul(g.neg(g.mul(dInverse, perElement)), cube) };
}

/**
 * y = n·gamma + beta with n = (x - mean)·r. With e = dy·gamma:
 *
 *     dx = r·(e - mean(e) - n·mean(e·n))        dgamma = sum of dy·n        dbeta = sum of dy
 *
 * and, where a second derivative comes by, what flows through the outputs mean and r.
 */
function layerNormRule(step: Step<'layerNorm'>): readonly Gradient[] {
  const { g } = step;
  const [x, gamma, mean, inverse] = [inputOf(step, 0), inputOf(step, 1), outputOf(step, 1), outputOf(step, 2)];
  const [dy, dMean, dInverse] = step.gradients;
  const centred = once(() => g.sub(x, mean));
  const sumOfRows = (rows: Value): Value => g.reshape(g.reduceSum(flattenRows(g, rows), [0]), gamma.shape);
  const direct = (gradient: Value): Value => {
    const e = g.mul(gradient, gamma);
    const offset = g.neg(g.mul(inverse, g.reduceMean(e, [-1])));
    const square = g.mul(inverse, inverse);
    const slope = g.neg(g.mul(g.mul(square, inverse), g.reduceMean(g.mul(e, centred()), [-1])));
    return g.add(g.add(g.mul(e, inverse), g.mul(centred(), slope)), offset);
  };
  const statistics = (): Value => {
    const { slope, offset } = throughMoments(step, { inverse, dMean, dInverse });
    return slope === undefined ? g.expand(offset, x.shape) : g.add(g.mul(centred(), slope), offset);
  };
  return [
    () => {
      if (dy === undefined) return statistics();
      return dMean === undefined && dInverse === undefined ? direct(dy) : g.add(direct(dy), statistics());
    },
    dy && (() => sumOfRows(g.mul(dy, g.mul(centred(), inverse)))),
    dy && (() => sumOfRows(dy)),
  ];
}
