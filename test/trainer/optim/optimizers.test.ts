import { describe, expect, test } from 'vitest';
import { UserError } from '../../../trainer/base/errors.ts';
import { f32 } from '../../../trainer/base/tensor.ts';
import { createReferenceExecutor } from '../../../trainer/exec/reference/index.ts';
import { createOptimizer, parseOptimizer } from '../../../trainer/optim/optimizers.ts';

describe('optimizer_args', () => {
  test('without arguments the libraries’ own defaults hold', () => {
    expect(parseOptimizer('AdamW')).toEqual({ kind: 'adamw', betas: [0.9, 0.999], epsilon: 1e-8, weightDecay: 0.01 });
    expect(parseOptimizer('Lion')).toEqual({ kind: 'lion', betas: [0.9, 0.99], weightDecay: 0 });
    const plain = { kind: 'sgd', momentum: 0, dampening: 0, nesterov: false, weightDecay: 0 };
    expect(parseOptimizer('SGD')).toEqual(plain);
    expect(parseOptimizer('SGDNesterov')).toEqual({ ...plain, momentum: 0.9, nesterov: true });
  });

  test('values are Python literals, tuples with or without brackets', () => {
    for (const betas of ['0.8,0.99', '(0.8, 0.99)', '[.8,0.99]', '(0.8,0.99,)', ' 0.8 , 9.9e-1']) {
      expect(parseOptimizer('adamw', [`betas=${betas}`, 'weight_decay = 1_0.5'])).toMatchObject({
        betas: [0.8, 0.99],
        weightDecay: 10.5,
      });
    }
    expect(parseOptimizer('SGD', ['momentum=0.5', 'nesterov=True'])).toMatchObject({ momentum: 0.5, nesterov: true });
  });

  test('PyTorch’s kernel switches are taken and change nothing', () => {
    expect(parseOptimizer('AdamW', ['fused=True', 'foreach=None', 'amsgrad=False'])).toEqual(parseOptimizer('AdamW'));
  });
});

const refusals: readonly (readonly [type: string, args: readonly string[], code: string, sentence: string])[] = [
  [
    'Adam8bitt',
    [],
    'optimizer/type',
    'There is no optimizer "Adam8bitt" here; there are AdamW, Lion, SGD, SGDNesterov',
  ],
  ['AdamW8bit', [], 'optimizer/type', 'use the one of the same name without 8bit'],
  ['AdanW', [], 'optimizer/type', 'the nearest is "AdamW"'],
  ['AdamW', ['weight_decy=0.1'], 'optimizer/unknown-argument', 'or write "weight_decay" if that was meant'],
  ['AdamW', ['constructor=1'], 'optimizer/unknown-argument', 'AdamW has no argument "constructor"'],
  ['AdamW', ['weight_decay'], 'optimizer/argument', '"weight_decay" must have the form key=value'],
  ['AdamW', ['weight_decay=much'], 'optimizer/argument', '"weight_decay=much" must be a number of at least 0'],
  ['AdamW', ['eps=-1e-8'], 'optimizer/argument', 'must be a number of at least 0'],
  ['AdamW', ['betas=0.9'], 'optimizer/argument', 'must be two numbers from 0 to below 1'],
  ['AdamW', ['betas=0.9,1.0'], 'optimizer/argument', 'must be two numbers from 0 to below 1'],
  ['AdamW', ['amsgrad=True'], 'optimizer/argument', '"amsgrad=True" is not offered here, only False is'],
  ['SGD', ['nesterov=true'], 'optimizer/argument', 'must be True or False'],
  ['SGD', ['nesterov=True'], 'optimizer/argument', 'Nesterov momentum needs momentum above 0 and dampening 0'],
];

test.each(refusals)('%s %j is refused with %s', (type, args, code, sentence) => {
  let caught: unknown;
  try {
    parseOptimizer(type, args);
  } catch (error) {
    caught = error;
  }
  expect(caught).toBeInstanceOf(UserError);
  expect((caught as UserError).report.code).toBe(code);
  expect((caught as UserError).message).toContain(sentence);
});

describe('one step', () => {
  const step = async (type: string, args: readonly string[], gradientScale = 1, number = 1) => {
    const optimizer = createOptimizer(parseOptimizer(type, args));
    await using program = await createReferenceExecutor().compile(optimizer.graph);
    const state = optimizer.stateNames.map((name) => [name, f32([2], [0, 0])] as const);
    return await program.run({
      parameter: f32([2], [1, -2]),
      gradient: f32([2], [0.5, -3]),
      ...Object.fromEntries(state),
      ...optimizer.scalars({ step: number, learningRate: 0.125, gradientScale }),
    });
  };

  test('the first AdamW step moves a weight by the learning rate, whatever the gradient and its scale', async () => {
    for (const scale of [1, 0.25, 100]) {
      const { parameter } = await step('AdamW', ['weight_decay=0'], scale);
      // m̂/√v̂ = g/|g|; the roundings of the bias corrections and eps stay below 1e-6.
      expect(Math.abs((parameter?.data[0] ?? NaN) - 0.875)).toBeLessThan(1e-6);
      expect(Math.abs((parameter?.data[1] ?? NaN) + 1.875)).toBeLessThan(1e-6);
    }
  });

  test('plain SGD keeps no state and subtracts learning rate times gradient, decay included', async () => {
    expect(createOptimizer(parseOptimizer('SGD')).stateNames).toEqual([]);
    const { parameter } = await step('SGD', ['weight_decay=0.5'], 2);
    // 1 - 0.125·(2·0.5 + 0.5·1) and -2 - 0.125·(2·(-3) + 0.5·(-2))
    expect(parameter).toEqual(f32([2], [0.8125, -1.125]));
  });

  test('dampening spares the first step, as in PyTorch', async () => {
    const args = ['momentum=0.5', 'dampening=0.75'];
    expect((await step('SGD', args)).momentum).toEqual(f32([2], [0.5, -3]));
    expect((await step('SGD', args, 1, 2)).momentum).toEqual(f32([2], [0.125, -0.75]));
  });
});
