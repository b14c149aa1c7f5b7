/**
 * Pictures of the dataset: 128 x 128, filled with one colour, sprites laid on top.
 */
import { resize, type Sprite } from './sprite.ts';

export const SIDE = 128;

export type Rgb = readonly [red: number, green: number, blue: number];
export const WHITE: Rgb = [255, 255, 255];

/** 8 bits a channel; red, green, blue, row after row. */
export interface Canvas {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
}

/** A box on the canvas, in shares of its side; the sprite is as large as fits inside, in the middle. */
export interface Place {
  readonly centreX: number;
  readonly centreY: number;
  readonly width: number;
  readonly height: number;
}

export function createCanvas(colour: Rgb = WHITE, side = SIDE): Canvas {
  const rgb = new Uint8Array(side * side * 3);
  for (let i = 0; i < rgb.length; i++) rgb[i] = colour[i % 3] ?? 0;
  return { width: side, height: side, rgb };
}

/** Lays the sprite over the canvas, in place. Returns the box it got, in pixels. */
export async function lay(canvas: Canvas, sprite: Sprite, place: Place): Promise<Box> {
  const scale = Math.min((place.width * canvas.width) / sprite.width, (place.height * canvas.height) / sprite.height);
  const width = Math.max(1, Math.round(sprite.width * scale));
  const height = Math.max(1, Math.round(sprite.height * scale));
  const left = Math.round(place.centreX * canvas.width - width / 2);
  const top = Math.round(place.centreY * canvas.height - height / 2);
  blend(canvas, await resize(sprite, width, height), left, top);
  return { left, top, width, height };
}

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** out = alpha * sprite + (1 - alpha) * canvas, channel by channel; what lies outside is cut off. */
export function blend(canvas: Canvas, sprite: Sprite, left: number, top: number): void {
  for (let y = Math.max(0, -top); y < Math.min(sprite.height, canvas.height - top); y++) {
    for (let x = Math.max(0, -left); x < Math.min(sprite.width, canvas.width - left); x++) {
      const from = (y * sprite.width + x) * 4;
      const to = ((top + y) * canvas.width + left + x) * 3;
      const alpha = (sprite.rgba[from + 3] ?? 0) / 255;
      for (let c = 0; c < 3; c++) {
        const under = canvas.rgb[to + c] ?? 0;
        canvas.rgb[to + c] = Math.round(under + alpha * ((sprite.rgba[from + c] ?? 0) - under));
      }
    }
  }
}
