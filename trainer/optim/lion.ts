/**
 * Lion: the sign of an interpolated momentum.
 *
 * Source: Chen et al. 2023, arXiv:2302.06675, algorithm 2. Checked against lion-pytorch 0.2.5:
 * test/golden/math/optimizers.json.
 */
import { createBuilder } from '../graph/builder.ts';
import { optimizerInputs, scalarFeeds, type Optimizer } from './optimizer.ts';

export interface LionSettings {
  readonly kind: 'lion';
  readonly betas: readonly [number, number];
  readonly weightDecay: number;
}

/**
 *     p' = p·(1 - lr·λ) - lr·sign(β₁·m + (1-β₁)·g)          m' = β₂·m + (1-β₂)·g
 */
export function lion({ betas: [beta1, beta2], weightDecay }: LionSettings): Optimizer {
  const g = createBuilder();
  const { parameter, gradient, vector, scalar } = optimizerInputs(g);
  const momentum = vector('momentum');
  const mix = (beta: number) => g.add(g.mul(momentum, beta), g.mul(gradient, 1 - beta));
  const update = g.mul(g.sign(mix(beta1)), scalar('learningRate'));
  return {
    graph: g.finish({ parameter: g.sub(g.mul(parameter, scalar('decay')), update), momentum: mix(beta2) }),
    stateNames: ['momentum'],
    scalars: ({ learningRate, gradientScale }) =>
      scalarFeeds({ gradientScale, learningRate, decay: 1 - learningRate * weightDecay }),
  };
}
