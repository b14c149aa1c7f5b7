/**
 * Colours and their names. A colour word in a caption must be true, so names are only given to colours that people
 * agree on; what lies between two names has none.
 *
 * Hue, saturation and value are those of the HSV hexcone (A. R. Smith 1978), hue in degrees.
 */
import { must } from '../../trainer/base/errors.ts';
import type { Rgb } from './canvas.ts';
import type { Draws } from './draws.ts';

export type HueName = 'red' | 'orange' | 'yellow' | 'green' | 'teal' | 'blue' | 'purple' | 'pink';
export type ColourName = HueName | 'brown' | 'black' | 'gray' | 'white';

export interface Hsv {
  /** Degrees in [0, 360). */
  readonly hue: number;
  /** In [0, 1]. */
  readonly saturation: number;
  /** In [0, 1]. */
  readonly value: number;
}

/** Where a name holds for saturated colours; a hue in none of them has no name. */
const HUE_RANGES: readonly { readonly name: HueName; readonly from: number; readonly to: number }[] = [
  { name: 'red', from: 345, to: 372 },
  { name: 'orange', from: 18, to: 40 },
  { name: 'yellow', from: 44, to: 62 },
  { name: 'green', from: 80, to: 155 },
  { name: 'teal', from: 165, to: 188 },
  { name: 'blue', from: 195, to: 240 },
  { name: 'purple', from: 255, to: 295 },
  { name: 'pink', from: 305, to: 338 },
];

/** One clear shade of each background; `backgroundShade` draws around it. */
const BACKGROUNDS = {
  red: [222, 52, 46],
  orange: [250, 145, 30],
  yellow: [252, 214, 50],
  green: [66, 170, 80],
  teal: [30, 160, 155],
  blue: [56, 120, 220],
  purple: [132, 72, 190],
  pink: [245, 130, 180],
  brown: [125, 78, 45],
  black: [18, 18, 20],
  gray: [140, 142, 146],
} as const satisfies Partial<Record<ColourName, Rgb>>;

export type BackgroundName = keyof typeof BACKGROUNDS;
export const BACKGROUND_NAMES = Object.keys(BACKGROUNDS) as BackgroundName[];

/** The named colour, a little lighter or darker. */
export function backgroundShade(name: BackgroundName, draws: Draws): Rgb {
  const factor = draws.between(0.9, 1.08);
  const [red, green, blue] = BACKGROUNDS[name].map((channel) => Math.min(255, Math.round(channel * factor)));
  return [must(red, 'red'), must(green, 'green'), must(blue, 'blue')];
}

export function toHsv([red, green, blue]: Rgb): Hsv {
  const most = Math.max(red, green, blue);
  const chroma = most - Math.min(red, green, blue);
  let sextant = 0;
  if (chroma > 0) {
    if (most === red) sextant = (green - blue) / chroma;
    else if (most === green) sextant = 2 + (blue - red) / chroma;
    else sextant = 4 + (red - green) / chroma;
  }
  return { hue: (sextant * 60 + 360) % 360, saturation: most === 0 ? 0 : chroma / most, value: most / 255 };
}

/** channel(n) = v - v*s*max(0, min(k, 4-k, 1)), k = (n + hue/60) mod 6, with n = 5, 3, 1 for red, green, blue. */
export function toRgb({ hue, saturation, value }: Hsv): Rgb {
  const channel = (n: number): number => {
    const k = (n + hue / 60) % 6;
    return Math.round(255 * (value - value * saturation * Math.max(0, Math.min(k, 4 - k, 1))));
  };
  return [channel(5), channel(3), channel(1)];
}

/** The name people would agree on, or undefined between two names. */
export function nameColour(colour: Rgb): ColourName | undefined {
  const { hue, saturation, value } = toHsv(colour);
  if (value < 0.2) return 'black';
  if (saturation < 0.1) return value > 0.9 ? 'white' : value < 0.75 ? 'gray' : undefined;
  const turned = hue < 15 ? hue + 360 : hue;
  if (hue >= 8 && hue <= 40 && value >= 0.25 && value <= 0.68 && saturation >= 0.3) return 'brown';
  // Light red is pink, dark yellow is olive, dark orange is brown, dark pink is crimson or plum.
  if (turned >= 340 && value > 0.85 && saturation > 0.2 && saturation < 0.5) return 'pink';
  if (saturation < 0.45 || value < 0.35) return undefined;
  // Pale orange is sand or skin.
  if (hue >= 15 && hue <= 43 && saturation < 0.65) return undefined;
  const range = HUE_RANGES.find(({ from, to }) => (turned >= from && turned <= to) || (hue >= from && hue <= to));
  if (range === undefined) return undefined;
  const least = { red: 0.5, orange: 0.8, yellow: 0.8, green: 0.35, teal: 0.4, blue: 0.4, purple: 0.35, pink: 0.75 };
  return value >= least[range.name] ? range.name : undefined;
}
