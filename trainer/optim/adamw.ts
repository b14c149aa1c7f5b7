/**
 * AdamW: Adam with weight decay apart from the gradient.
 *
 * Source: Loshchilov and Hutter 2019, arXiv:1711.05101, algorithm 2, in the order of operations of torch.optim.AdamW.
 * Checked against PyTorch 2.15: test/golden/math/optimizers.json.
 */
import { createBuilder } from '../graph/builder.ts';
import { optimizerInputs, scalarFeeds, type Optimizer } from './optimizer.ts';

export interface AdamWSettings {
  readonly kind: 'adamw';
  readonly betas: readonly [number, number];
  readonly epsilon: number;
  readonly weightDecay: number;
}

/**
 *     m' = β₁·m + (1-β₁)·g          v' = β₂·v + (1-β₂)·g²
 *     p' = p·(1 - lr·λ) - lr/(1-β₁ᵗ) · m' / (sqrt(v')/sqrt(1-β₂ᵗ) + ε)
 *
 * ε is added outside of the root of the corrected v. The powers of β are computed in double precision and fed.
 */
export function adamw({ betas: [beta1, beta2], epsilon, weightDecay }: AdamWSettings): Optimizer {
  const g = createBuilder();
  const { parameter, gradient, vector, scalar } = optimizerInputs(g);
  const first = g.add(g.mul(vector('firstMoment'), beta1), g.mul(gradient, 1 - beta1));
  const second = g.add(g.mul(vector('secondMoment'), beta2), g.mul(g.mul(gradient, gradient), 1 - beta2));
  const deviation = g.add(g.mul(g.sqrt(second), scalar('deviationScale')), epsilon);
  const update = g.div(g.mul(first, scalar('stepSize')), deviation);
  const decayed = g.mul(parameter, scalar('decay'));
  return {
    graph: g.finish({ parameter: g.sub(decayed, update), firstMoment: first, secondMoment: second }),
    stateNames: ['firstMoment', 'secondMoment'],
    scalars: ({ step, learningRate, gradientScale }) =>
      scalarFeeds({
        gradientScale,
        decay: 1 - learningRate * weightDecay,
        stepSize: learningRate / (1 - beta1 ** step),
        deviationScale: 1 / Math.sqrt(1 - beta2 ** step),
      }),
  };
}
