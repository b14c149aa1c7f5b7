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

/** Turned by up to `most` degrees either way; mirrored every second time, if it may be. */
export function freePose({ mirrorable }: { readonly mirrorable: boolean }, draws: Draws, most = 10): Pose {
  const degrees = draws.between(-most, most);
  const mirrored = draws.chance(0.5);
  return { degrees, mirrored: mirrored && mirrorable };
}
