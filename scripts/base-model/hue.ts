/**
 * What colour a drawing is, and the same drawing in another colour. A caption says "a blue apple" only when blue was
 * measured afterwards.
 */
import type { Rgb } from './canvas.ts';
import { nameColour, toHsv, toRgb, type ColourName, type HueName, type Hsv } from './colours.ts';
import type { Sprite } from './sprite.ts';

const BINS = 72;
const BIN_DEGREES = 360 / BINS;
/** Shades of one colour of paint lie this far around its hue. */
const REACH = 30;
/** Beyond REACH the change fades out, so that no edge appears where a shade lies just outside. */
const FADE = 15;
/** Pixels below these are nearly gray or nearly black; they show no hue. */
const LEAST_SATURATION = 0.28;
const LEAST_VALUE = 0.22;
const OPAQUE = 128;
/** Light and shade keep some pixels of a red apple from being called red. */
const OWN_NAME = 0.35;

/** In the middle of each name's range. */
const TARGET_HUES: Readonly<Record<HueName, number>> = {
  red: 358,
  orange: 28,
  yellow: 51,
  green: 122,
  teal: 176,
  blue: 216,
  purple: 274,
  pink: 326,
};
export const HUE_NAMES = Object.keys(TARGET_HUES) as HueName[];

/** How bright and how saturated a recoloured drawing is on average: as people think of the colour, not neon. */
const TARGET_VALUE: Readonly<Record<HueName, number>> = {
  red: 0.88,
  orange: 0.96,
  yellow: 0.97,
  green: 0.7,
  teal: 0.7,
  blue: 0.85,
  purple: 0.76,
  pink: 0.95,
};
const TARGET_SATURATION = 0.76;

export interface Dominant {
  /** Degrees. */
  readonly hue: number;
  /** The mean colour of the pixels around this hue. */
  readonly colour: Rgb;
  /** How much of what is visible they are, in [0, 1]. */
  readonly share: number;
}

/** A colour of a drawing and how many visible pixels have it. Drawings have few colours, so measures run over these. */
interface Paint {
  readonly rgb: Rgb;
  readonly hsv: Hsv;
  readonly count: number;
}

/** The strongest hue of a drawing, or undefined where everything is gray, black or white. */
export function dominantHue(sprite: Sprite): Dominant | undefined {
  const paints = paintsOf(sprite);
  const hue = strongestHue(paints);
  if (hue === undefined) return undefined;
  let [red, green, blue, count] = [0, 0, 0, 0];
  for (const { rgb, hsv, count: pixels } of paints) {
    if (!showsHue(hsv) || distance(hsv.hue, hue) > REACH) continue;
    red += pixels * rgb[0];
    green += pixels * rgb[1];
    blue += pixels * rgb[2];
    count += pixels;
  }
  const colour: Rgb = [Math.round(red / count), Math.round(green / count), Math.round(blue / count)];
  return { hue, colour, share: count / visibleIn(paints) };
}

function strongestHue(paints: readonly Paint[]): number | undefined {
  const counts = new Float64Array(BINS);
  for (const { hsv, count } of paints) {
    const bin = Math.floor(hsv.hue / BIN_DEGREES) % BINS;
    if (showsHue(hsv)) counts[bin] = (counts[bin] ?? 0) + count;
  }
  const around = REACH / BIN_DEGREES;
  let [best, most] = [0, 0];
  for (let bin = 0; bin < BINS; bin++) {
    let sum = 0;
    // Nearer bins count more, so that the peak is found and not merely any window that holds it.
    for (let d = -around; d <= around; d++) sum += (counts[(bin + d + BINS) % BINS] ?? 0) * (around + 1 - Math.abs(d));
    if (sum > most) [best, most] = [bin, sum];
  }
  return most === 0 ? undefined : (best + 0.5) * BIN_DEGREES;
}

/**
 * The colour that people would call the whole drawing, or undefined when it has several or one between two names.
 * @param least how much of the drawing must have this colour
 */
export function colourOf(sprite: Sprite, least = 0.55): ColourName | undefined {
  const dominant = dominantHue(sprite);
  const paints = paintsOf(sprite);
  const visible = visibleIn(paints);
  if (dominant && dominant.share >= least) {
    const name = nameColour(dominant.colour);
    // A rainbow's mean is orange too: enough of the pixels must have the name themselves.
    const alike = visibleIn(paints.filter(({ rgb }) => nameColour(rgb) === name));
    return alike >= OWN_NAME * visible ? name : undefined;
  }
  const counts = new Map<ColourName, number>();
  for (const { hsv, count } of paints) {
    if (hsv.saturation >= 0.15 && hsv.value >= 0.2) continue;
    const name = hsv.value < 0.28 ? 'black' : hsv.value > 0.85 ? 'white' : 'gray';
    counts.set(name, (counts.get(name) ?? 0) + count);
  }
  return [...counts].find(([, count]) => count / visible >= Math.max(least, 0.6))?.[0];
}

/** The drawing with its dominant hue turned to the named one, as bright and strong as its name asks; other hues stay. */
export function recolour(sprite: Sprite, dominant: Dominant, name: HueName): Sprite {
  const repaint = repainter(dominant, name);
  const done = new Map<number, Rgb>();
  const rgba = sprite.rgba.slice();
  for (let i = 0; i < rgba.length; i += 4) {
    const rgb: Rgb = [rgba[i] ?? 0, rgba[i + 1] ?? 0, rgba[i + 2] ?? 0];
    const key = (rgb[0] << 16) | (rgb[1] << 8) | rgb[2];
    let painted = done.get(key);
    if (painted === undefined) done.set(key, (painted = repaint(rgb)));
    rgba.set(painted, i);
  }
  return { ...sprite, rgba };
}

function repainter(dominant: Dominant, name: HueName): (rgb: Rgb) => Rgb {
  const from = toHsv(dominant.colour);
  const valueGain = TARGET_VALUE[name] / from.value;
  const saturationGain = Math.max(1, TARGET_SATURATION / from.saturation);
  return (rgb) => {
    const hsv = toHsv(rgb);
    const away = distance(hsv.hue, dominant.hue);
    const colourful = Math.min(1, hsv.saturation / 0.2) * Math.min(1, hsv.value / 0.15);
    const strength = colourful * Math.max(0, Math.min(1, (REACH + FADE - away) / FADE));
    const turned = toRgb({
      // Shades keep a little of their own hue, or a drawing looks like tinted glass.
      hue: (TARGET_HUES[name] + 0.3 * signedDistance(hsv.hue, dominant.hue) + 360) % 360,
      saturation: Math.min(1, hsv.saturation * saturationGain),
      value: Math.min(1, hsv.value * valueGain),
    });
    const mix = (c: 0 | 1 | 2): number => Math.round(rgb[c] + strength * (turned[c] - rgb[c]));
    return [mix(0), mix(1), mix(2)];
  };
}

function paintsOf({ rgba }: Sprite): readonly Paint[] {
  const counts = new Map<number, number>();
  for (let i = 0; i < rgba.length; i += 4) {
    if ((rgba[i + 3] ?? 0) < OPAQUE) continue;
    const key = ((rgba[i] ?? 0) << 16) | ((rgba[i + 1] ?? 0) << 8) | (rgba[i + 2] ?? 0);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].map(([key, count]) => {
    const rgb: Rgb = [key >> 16, (key >> 8) & 255, key & 255];
    return { rgb, hsv: toHsv(rgb), count };
  });
}

const visibleIn = (paints: readonly Paint[]): number => paints.reduce((sum, { count }) => sum + count, 0);

const showsHue = ({ saturation, value }: Hsv): boolean => saturation >= LEAST_SATURATION && value >= LEAST_VALUE;

/** From b to a, in (-180, 180]. */
function signedDistance(a: number, b: number): number {
  const d = (a - b + 540) % 360;
  return d - 180;
}

const distance = (a: number, b: number): number => Math.abs(signedDistance(a, b));
