/** Where and how things stand in a picture. All lengths are shares of the picture's side. */
import type { Place } from './canvas.ts';
import type { Draws } from './draws.ts';
import type { Pose, Sprite } from './sprite.ts';

/** Somewhere in the picture, whole; its longer side is `size`. */
export function freePlace(sprite: Sprite, size: number, draws: Draws): Place {
  const longer = Math.max(sprite.width, sprite.height);
  const width = (size * sprite.width) / longer;
  const height = (size * sprite.height) / longer;
  // Somewhere near the middle is likelier than an edge: the mean of two even draws.
  const centre = (extent: number): number =>
    (draws.between(extent / 2, 1 - extent / 2) + draws.between(extent / 2, 1 - extent / 2)) / 2;
  return { centreX: centre(width), centreY: centre(height), width, height };
}

/**
 * Where everything stands that has a caption: one place, so that what a small model must learn of a thing is its shape,
 * and not every place where the shape can be. Measured: with free places and angles, 3000 steps drew blobs.
 */
export const STAGE: Place = { centreX: 0.5, centreY: 0.5, width: 0.88, height: 0.88 };

/** The places of two things beside each other. */
export const HALVES: readonly [left: Place, right: Place] = [
  { centreX: 0.26, centreY: 0.5, width: 0.46, height: 0.8 },
  { centreX: 0.74, centreY: 0.5, width: 0.46, height: 0.8 },
];

/**
 * Upright; mirrored every fourth time, if it may be: often enough that two seeds need not draw the same picture, seldom
 * enough that a small model learns one shape of a thing before two.
 */
export function freePose({ mirrorable }: { readonly mirrorable: boolean }, draws: Draws): Pose {
  const mirrored = draws.chance(0.25);
  return { degrees: 0, mirrored: mirrored && mirrorable };
}
