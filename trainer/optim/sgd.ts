/**
 * Stochastic gradient descent with momentum, Nesterov's or plain.
 *
 * Source: Sutskever et al. 2013 in the form of torch.optim.SGD, whose momentum is not scaled by the learning rate.
 * Checked against PyTorch 2.15: test/golden/math/optimizers.json.
 */
import { createBuilder } from '../graph/builder.ts';
import { optimizerInputs, scalarFeeds, type Optimizer } from './optimizer.ts';

export interface SgdSettings {
  readonly kind: 'sgd';
  /** 0: no momentum, and no state. */
  readonly momentum: number;
  readonly dampening: number;
  readonly nesterov: boolean;
  readonly weightDecay: number;
}

/**
 *     d = g + λ·p          b' = μ·b + (1-τ)·d, at the first step b' = d
 *     p' = p - lr·b', with Nesterov p - lr·(d + μ·b')
 */
export function sgd({ momentum, dampening, nesterov, weightDecay }: SgdSettings): Optimizer {
  const g = createBuilder();
  const { parameter, gradient, vector, scalar } = optimizerInputs(g);
  const direction = weightDecay === 0 ? gradient : g.add(gradient, g.mul(parameter, weightDecay));
  const learningRateOf = scalar('learningRate');
  if (momentum === 0) {
    return {
      graph: g.finish({ parameter: g.sub(parameter, g.mul(direction, learningRateOf)) }),
      stateNames: [],
      scalars: ({ learningRate, gradientScale }) => scalarFeeds({ gradientScale, learningRate }),
    };
  }
  const buffer = g.add(g.mul(vector('momentum'), momentum), g.mul(direction, scalar('share')));
  const update = nesterov ? g.add(direction, g.mul(buffer, momentum)) : buffer;
  return {
    graph: g.finish({ parameter: g.sub(parameter, g.mul(update, learningRateOf)), momentum: buffer }),
    stateNames: ['momentum'],
    scalars: ({ step, learningRate, gradientScale }) =>
      scalarFeeds({ gradientScale, learningRate, share: step === 1 ? 1 : 1 - dampening }),
  };
}
