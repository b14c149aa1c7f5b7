/**
 * The flags of a sample prompt, as sd-scripts has them (`--w 768`): what each stands for, its default, what it accepts.
 */

/** Guidance and flow settings belong to other kinds of models; sd-scripts ignores them for Stable Diffusion too. */
export const KEY_OF_FLAG = {
  n: 'negative_prompt',
  w: 'width',
  h: 'height',
  d: 'seed',
  s: 'sample_steps',
  l: 'scale',
  ss: 'sample_sampler',
  g: 'guidance_scale',
  ctr: 'cfg_trunc_ratio',
  rcfg: 'renorm_cfg',
  fs: 'flow_shift',
  cn: 'controlnet_image',
} as const;

export type FlagName = keyof typeof KEY_OF_FLAG;
export type FlagKey = (typeof KEY_OF_FLAG)[FlagName];

/** The flags that change a picture here, in the order that they are written in. */
export const DRAWING_FLAGS = ['n', 'w', 'h', 'd', 's', 'l', 'ss'] as const satisfies readonly FlagName[];
export type DrawingFlag = (typeof DRAWING_FLAGS)[number];

export const isFlagName = (name: string): name is FlagName => Object.hasOwn(KEY_OF_FLAG, name);

export const PROMPT_DEFAULTS = { width: 512, height: 512, sample_steps: 30, scale: 7.5 } as const;

/** Larger ones run out of memory in the middle of a run: 8192 squared takes 192 GiB to decode with SD 1.5 (decodingBytes). */
const LARGEST_SIDE = 2048;
export const MOST_STEPS = 1000;

export interface NumberRule {
  readonly expects: string;
  accepts(value: number): boolean;
}

const SIDE: NumberRule = {
  expects: `a whole number of pixels up to ${LARGEST_SIDE}`,
  accepts: (value) => Number.isInteger(value) && value >= 0 && value <= LARGEST_SIDE,
};

export const NUMBER_RULES = {
  width: SIDE,
  height: SIDE,
  seed: {
    expects: 'a whole number, or -1 for another picture each time',
    accepts: (value) => Number.isSafeInteger(value) && value >= -1,
  },
  sample_steps: {
    expects: `a whole number from 1 to ${MOST_STEPS}`,
    accepts: (value) => Number.isInteger(value) && value >= 0,
  },
  scale: { expects: 'a number from 0 on, such as 7.5', accepts: (value) => value >= 0 && value < 1e6 },
} as const satisfies Partial<Record<FlagKey, NumberRule>>;

export type NumberKey = keyof typeof NUMBER_RULES;

/** The number that a text says in digits, where the rule of its setting accepts it. */
export function numberOf(text: string, key: NumberKey): number | undefined {
  const written = text.trim();
  if (!/^-?(\d+(\.\d*)?|\.\d+)$/u.test(written)) return undefined;
  const number = Number(written);
  return NUMBER_RULES[key].accepts(number) ? number : undefined;
}
