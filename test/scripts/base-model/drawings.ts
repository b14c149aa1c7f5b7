/** A made-up emoji set: plain shapes, so that a test knows every colour and edge. */
import type { Drawing, Emoji } from '../../../scripts/base-model/packages.ts';
import type { Sprite } from '../../../scripts/base-model/sprite.ts';

/** An SVG of 100 x 100. */
export function drawn(body: string): Drawing {
  return { kind: 'svg', body, width: 100, height: 100 };
}

export const disc = (colour: string): string => `<circle cx="50" cy="50" r="40" fill="${colour}"/>`;
export const box = (colour: string): string => `<rect x="20" y="30" width="60" height="40" fill="${colour}"/>`;

/** The same shape in both styles, with a dark rim in the soft one. */
export function emoji(label: string, body: string, code = label.replaceAll(' ', '-')): Emoji {
  const rim = '<rect x="5" y="5" width="90" height="90" fill="none" stroke="#222" stroke-width="2"/>';
  return { code, label, group: 7, drawings: { flat: drawn(body), soft: drawn(body + rim) } };
}

export type Pixel = readonly [red: number, green: number, blue: number, alpha: number];

/** A sprite pixel by pixel. */
export function painted(width: number, height: number, at: (x: number, y: number) => Pixel): Sprite {
  const pixels = Array.from({ length: width * height }, (_, i) => at(i % width, Math.floor(i / width)));
  return { width, height, rgba: Uint8Array.from(pixels.flat()) };
}

export function pixelOf({ width, rgba }: Sprite, x: number, y: number): number[] {
  return [...rgba.subarray((y * width + x) * 4, (y * width + x) * 4 + 4)];
}
