/**
 * The optimizers by sd-scripts' names, and their `optimizer_args`.
 *
 * Source: sd-scripts `train_util.get_optimizer` (names without regard to case, arguments `key=value` with Python
 * literals), the constructors of torch.optim and lion-pytorch for arguments and defaults.
 */
import { UserError } from '../base/errors.ts';
import { nearestNames } from '../base/nearest-name.ts';
import { adamw, type AdamWSettings } from './adamw.ts';
import { parseArgument, type Argument, type Arguments } from './arguments.ts';
import { lion, type LionSettings } from './lion.ts';
import type { Optimizer } from './optimizer.ts';
import { sgd, type SgdSettings } from './sgd.ts';

export type OptimizerSettings = AdamWSettings | SgdSettings | LionSettings;

/** sd-scripts' `optimizer_type`; SGD is what torch.optim calls so. */
export const OPTIMIZER_TYPES = ['AdamW', 'Lion', 'SGD', 'SGDNesterov'] as const;

export type OptimizerType = (typeof OPTIMIZER_TYPES)[number];

export function createOptimizer(settings: OptimizerSettings): Optimizer {
  switch (settings.kind) {
    case 'adamw':
      return adamw(settings);
    case 'sgd':
      return sgd(settings);
    case 'lion':
      return lion(settings);
  }
}

interface OptimizerRule {
  readonly arguments: Readonly<Record<string, Argument>>;
  readonly settings: (values: Arguments) => OptimizerSettings;
}

const DECAY: Argument = { kind: 'number', minimum: 0 };
const BETAS: Argument = { kind: 'pair', minimum: 0, below: 1 };
/** PyTorch's choices between its own kernels: they change no number, so any value is taken. */
const KERNEL_SWITCHES = {
  foreach: { kind: 'ignored' },
  fused: { kind: 'ignored' },
  differentiable: { kind: 'ignored' },
} as const;
const NOT_OFFERED: Argument = { kind: 'false' };

const SGD_ARGUMENTS = {
  ...KERNEL_SWITCHES,
  momentum: { kind: 'number', minimum: 0 },
  dampening: { kind: 'number', minimum: 0 },
  nesterov: { kind: 'flag' },
  weight_decay: DECAY,
  maximize: NOT_OFFERED,
} as const satisfies Record<string, Argument>;

const RULES: Readonly<Record<OptimizerType, OptimizerRule>> = {
  AdamW: {
    arguments: {
      ...KERNEL_SWITCHES,
      betas: BETAS,
      eps: { kind: 'number', minimum: 0 },
      weight_decay: DECAY,
      capturable: { kind: 'ignored' },
      amsgrad: NOT_OFFERED,
      maximize: NOT_OFFERED,
    },
    settings: (values) => ({
      kind: 'adamw',
      betas: values.pair('betas', [0.9, 0.999]),
      epsilon: values.number('eps', 1e-8),
      weightDecay: values.number('weight_decay', 0.01),
    }),
  },
  Lion: {
    arguments: {
      betas: BETAS,
      weight_decay: DECAY,
      use_triton: { kind: 'ignored' },
      decoupled_weight_decay: NOT_OFFERED,
    },
    settings: (values) => ({
      kind: 'lion',
      betas: values.pair('betas', [0.9, 0.99]),
      weightDecay: values.number('weight_decay', 0),
    }),
  },
  SGD: { arguments: SGD_ARGUMENTS, settings: (values) => sgdSettings(values, { momentum: 0, nesterov: false }) },
  // sd-scripts sets momentum and Nesterov itself.
  SGDNesterov: {
    arguments: SGD_ARGUMENTS,
    settings: (values) => sgdSettings(values, { momentum: 0.9, nesterov: true }),
  },
};

function sgdSettings(values: Arguments, defaults: { momentum: number; nesterov: boolean }): SgdSettings {
  const settings: SgdSettings = {
    kind: 'sgd',
    momentum: values.number('momentum', defaults.momentum),
    dampening: values.number('dampening', 0),
    nesterov: values.flag('nesterov', defaults.nesterov),
    weightDecay: values.number('weight_decay', 0),
  };
  if (settings.nesterov && (settings.momentum === 0 || settings.dampening !== 0)) {
    throw new UserError({
      code: 'optimizer/argument',
      what: `Nesterov momentum needs momentum above 0 and dampening 0, not momentum ${settings.momentum} and dampening ${settings.dampening}`,
      where: 'optimizer_args',
      fix: 'Set momentum=0.9 and leave dampening out, or use optimizer_type = "SGD" with nesterov=False.',
    });
  }
  return settings;
}

/**
 * The settings behind `optimizer_type` and `optimizer_args`, such as `AdamW` with `betas=0.9,0.99` and `weight_decay=0.1`.
 *
 * @throws {UserError} optimizer/type, optimizer/unknown-argument, optimizer/argument
 */
export function parseOptimizer(type: string, args: readonly string[] = []): OptimizerSettings {
  const found = OPTIMIZER_TYPES.find((name) => name.toLowerCase() === type.toLowerCase());
  if (found === undefined) throw unknownType(type);
  const rule = RULES[found];
  const values = new Map(args.map((text) => parseArgument(text, found, rule.arguments)));
  return rule.settings({
    number: (key, otherwise) => (values.get(key) ?? otherwise) as number,
    pair: (key, otherwise) => (values.get(key) ?? otherwise) as readonly [number, number],
    flag: (key, otherwise) => (values.get(key) ?? otherwise) as boolean,
  });
}

function unknownType(type: string): UserError {
  const [nearest] = nearestNames(type, OPTIMIZER_TYPES);
  return new UserError({
    code: 'optimizer/type',
    what: `There is no optimizer "${type}" here; there are ${OPTIMIZER_TYPES.join(', ')}`,
    where: 'optimizer_type',
    fix: /8bit|paged/i.test(type)
      ? 'The 8-bit optimizers save memory on the GPU by rounding their state; use the one of the same name without 8bit.'
      : `Choose one of these${nearest === undefined ? '' : `; the nearest is "${nearest}"`}.`,
    details: { found: type, known: OPTIMIZER_TYPES },
  });
}
