/** Pictures that nobody drew: of the same words at three strengths, and of others. */
import type { DrawingOrder, DrawnPicture } from '../../../trainer/api/rpc/index.ts';

export const DRAWING_ORDER: DrawingOrder = {
  model: 'bundled:model',
  loras: [{ file: '/runs/sks-cat-4/sks-cat-4.safetensors', weight: 0.8 }],
  prompt: 'a sks cat',
  negative: 'blurry',
  seed: 1234,
  steps: 20,
  cfg: 2,
  sampler: 'ddim',
  count: 1,
  compare: true,
  engine: 'cpu',
};

const TOLD = [
  { name: 'smiling', prompt: 'a sks cat', weight: 0.8, seed: 1234 },
  { name: 'grinning-eyes', prompt: 'a sks cat', weight: 1, seed: 1234 },
  { name: 'smirking', prompt: 'a sks cat', weight: 0.5, seed: 1234 },
  { name: 'crying', prompt: 'a sks cat with a blue tear', weight: 0.8, seed: 7 },
  { name: 'weary', prompt: 'a sks cat, tired', weight: 0.8, seed: 99 },
  { name: 'heart-eyes', prompt: 'a sks cat with red hearts for eyes', weight: 1.2, seed: 2 },
] as const;

/** Newest first; the one without LoRA stands behind those that share it. */
export function drawnPictures(): readonly DrawnPicture[] {
  const picture = (name: string, order: DrawingOrder, seed: number, index: number): DrawnPicture => ({
    file: `/work/drawings/${name}.png`,
    width: 128,
    height: 128,
    seed,
    withLoras: name !== 'grumpy',
    order,
    drawnAt: Date.UTC(2026, 10, 20, 18, 4) - index * 60_000,
  });
  const orders = TOLD.map(({ prompt, weight, seed }) => ({
    ...DRAWING_ORDER,
    prompt,
    seed,
    loras: DRAWING_ORDER.loras.map(({ file }) => ({ file, weight })),
  }));
  return [
    ...TOLD.map(({ name, seed }, index) => picture(name, orders[index] ?? DRAWING_ORDER, seed, index)),
    picture('grumpy', DRAWING_ORDER, 1234, TOLD.length),
  ];
}
