/**
 * Which drawn pictures belong together: the same words and seed, with LoRAs and without.
 */
import type { DrawingOrder, DrawnPicture } from '../../trainer/api/rpc/index.ts';

/** A picture as people think of it, with the one that shows what the LoRAs did. */
export interface Pair {
  /** With the LoRAs of its order; without any where the order has none. */
  readonly picture: DrawnPicture;
  readonly without?: DrawnPicture | undefined;
}

/** All that a picture without LoRAs depends on. */
const baseOf = (order: DrawingOrder, seed: number): string =>
  JSON.stringify([
    order.model,
    order.vae,
    order.prompt,
    order.negative,
    order.steps,
    order.cfg,
    order.sampler,
    order.width,
    order.height,
    order.clipSkip,
    order.vPrediction,
    order.engine,
    seed,
  ]);

const isDrawnWithout = ({ withLoras, order }: DrawnPicture): boolean => !withLoras || order.loras.length === 0;

/** The picture without LoRAs that was drawn already, for this order or another. */
export const withoutLoras = (
  pictures: readonly DrawnPicture[],
  order: DrawingOrder,
  seed: number,
): DrawnPicture | undefined => {
  const base = baseOf(order, seed);
  return pictures.find((one) => isDrawnWithout(one) && baseOf(one.order, one.seed) === base);
};

/** What the order asks for at this seed, if it is drawn. */
export function pictureOf(
  pictures: readonly DrawnPicture[],
  order: DrawingOrder,
  seed: number,
): DrawnPicture | undefined {
  if (order.loras.length === 0) return withoutLoras(pictures, order, seed);
  const key = keyOf(order, seed);
  return pictures.find((one) => one.withLoras && keyOf(one.order, one.seed) === key);
}

export const keyOf = (order: DrawingOrder, seed: number): string =>
  `${baseOf(order, seed)} ${JSON.stringify(order.loras)}`;

/** Newest first, as the pictures are; what was drawn twice stands once. */
export function pairsOf(pictures: readonly DrawnPicture[]): readonly Pair[] {
  const pairs = new Map<string, Pair>();
  for (const picture of pictures) {
    const { order, seed, withLoras } = picture;
    const key = keyOf(order, seed);
    const isMain = withLoras || order.loras.length === 0;
    if (!isMain || pairs.has(key)) continue;
    const without = order.loras.length === 0 ? undefined : withoutLoras(pictures, order, seed);
    pairs.set(key, { picture, without });
  }
  return [...pairs.values()];
}

/** A picture's seed starts again at 0 after the largest. */
const SEEDS = 2 ** 32;

/** Whether a picture without LoRAs must be drawn too: not where all of them are there. */
export function needsWithout(pictures: readonly DrawnPicture[], order: DrawingOrder, seed: number): boolean {
  if (order.loras.length === 0) return false;
  return Array.from({ length: order.count }, (_, number) =>
    withoutLoras(pictures, order, (seed + number) % SEEDS),
  ).includes(undefined);
}
