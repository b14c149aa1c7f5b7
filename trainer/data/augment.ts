/**
 * What one visit of a picture looks like: how it is cut, whether its colours change, whether it is mirrored.
 *
 * Names, chances and ranges are those of sd-scripts 48d368f (library/train_util.py, `AugHelper.color_aug` and
 * `BaseDataset.__getitem__`). Every draw has a stream of its own by the sample's position in the run (the law of seeds,
 * base/random.ts), so a resumed run sees what an uninterrupted one would have seen.
 */
import type { Crop, Picture, Pictures } from '../base/ports.ts';
import { createGenerator, deriveSeed } from '../base/random.ts';
import type { Rng } from '../base/rng.ts';
import { f32, type F32Tensor } from '../base/tensor.ts';
import type { Sample } from './batches.ts';
import { centreCrop, randomCrop } from './buckets.ts';
import type { DatasetImage } from './dataset.ts';

export interface AugmentationOptions {
  readonly seed: number;
  /** [flip_aug] */
  readonly flip: boolean;
  /** [random_crop] */
  readonly randomCrop: boolean;
  /** [color_aug] */
  readonly colour: boolean;
}

export type ColourChange =
  { readonly kind: 'hue'; readonly degrees: number } | { readonly kind: 'gamma'; readonly exponent: number };

export interface Augmentation {
  readonly crop: Crop;
  /** Left to right, after cutting. */
  readonly flipped: boolean;
  readonly colour?: ColourChange;
}

/** Draws flip (one time in two), then left, then top from `crops`; the colours from `colours`. */
export function augmentationOf(sample: Sample, image: DatasetImage, options: AugmentationOptions): Augmentation {
  const rng = createGenerator(deriveSeed(options.seed, 'crops', sample.position));
  const flipped = options.flip && rng.uniform() < 0.5;
  const crop = options.randomCrop ? randomCrop(image.placement, rng) : centreCrop(image.placement);
  const colour = options.colour
    ? drawColour(createGenerator(deriveSeed(options.seed, 'colours', sample.position)))
    : undefined;
  return { flipped, crop, ...(colour === undefined ? {} : { colour }) };
}

const COLOUR_CHANCE = 0.33;
/** 8 of OpenCV's steps of 2 degrees. */
const MOST_DEGREES = 16;
const EXPONENTS = { least: 0.95, most: 1.05 };

/** One time in three: half of the times the hue turns by up to 16 degrees either way, else the picture gets a gamma. */
export function drawColour(rng: Rng): ColourChange | undefined {
  if (rng.uniform() > COLOUR_CHANCE) return undefined;
  const turns = rng.uniform() > 0.5;
  const place = rng.uniform();
  return turns
    ? { kind: 'hue', degrees: (2 * place - 1) * MOST_DEGREES }
    : { kind: 'gamma', exponent: EXPONENTS.least + place * (EXPONENTS.most - EXPONENTS.least) };
}

/** The picture with other colours; what is grey keeps its hue, what is black stays black. */
export function changeColours(picture: Picture, change: ColourChange): Picture {
  const data =
    change.kind === 'hue' ? turnHue(picture.data, change.degrees) : applyGamma(picture.data, change.exponent);
  return { ...picture, data };
}

/**
 *     value' = min(255, ⌊value^exponent⌋)
 *
 * Of the byte itself, as sd-scripts has it, not of a share of 255: 1.05 makes 128 to 163 and everything above 195 white,
 * 0.95 makes white to 193. So this is a change of brightness more than what is called gamma elsewhere.
 */
function applyGamma(data: Uint8Array, exponent: number): Uint8Array {
  const table = Uint8Array.from({ length: 256 }, (_, value) => Math.min(255, Math.floor(value ** exponent)));
  return data.map((value) => table[value] ?? 0);
}

/**
 * Turns the hue of the HSV colours (the hexagon of red, yellow, green, cyan, blue, magenta); saturation and value stay.
 * The hue is not rounded in between, where sd-scripts rounds it to OpenCV's 180 steps.
 *
 * @see A. R. Smith 1978, "Color gamut transform pairs"
 */
function turnHue(data: Uint8Array, degrees: number): Uint8Array {
  const turned = new Uint8Array(data.length);
  for (let place = 0; place < data.length; place += 3) {
    const [red = 0, green = 0, blue = 0] = data.subarray(place, place + 3);
    const value = Math.max(red, green, blue);
    const chroma = value - Math.min(red, green, blue);
    const hue = chroma === 0 ? 0 : hueOf(red, green, blue, value, chroma) + degrees / 60;
    turned[place] = component(5, hue, value, chroma);
    turned[place + 1] = component(3, hue, value, chroma);
    turned[place + 2] = component(1, hue, value, chroma);
  }
  return turned;
}

/** In sixths of the circle: 0 red, 2 green, 4 blue. */
function hueOf(red: number, green: number, blue: number, value: number, chroma: number): number {
  if (value === red) return (green - blue) / chroma;
  return value === green ? 2 + (blue - red) / chroma : 4 + (red - green) / chroma;
}

/** The red (offset 5), green (3) or blue (1) of a hue: V − C · max(0, min(k, 4 − k, 1)) with k = (offset + hue) mod 6. */
function component(offset: number, hue: number, value: number, chroma: number): number {
  const k = (((offset + hue) % 6) + 6) % 6;
  return Math.round(value - chroma * Math.max(0, Math.min(k, 4 - k, 1)));
}

/**
 * One visit of a picture: decoded, resized, cut, coloured, mirrored.
 *
 * @returns f32 [3, H, W] in -1 … 1, as the VAE takes it
 * @throws {UserError} images/... if it cannot be decoded
 */
export async function augmentedPixels(
  pictures: Pick<Pictures, 'load'>,
  { path, placement }: Pick<DatasetImage, 'path' | 'placement'>,
  augmentation: Augmentation,
): Promise<F32Tensor> {
  return pixelsOf(await pictures.load(path, placement.resized, augmentation.crop), augmentation);
}

/**
 * A picture that is cut already, coloured and mirrored.
 *
 * @returns f32 [3, H, W] in -1 … 1
 */
export function pixelsOf(cut: Picture, { flipped, colour }: Pick<Augmentation, 'flipped' | 'colour'>): F32Tensor {
  const { width, height, data } = colour === undefined ? cut : changeColours(cut, colour);
  const area = width * height;
  const pixels = new Float32Array(3 * area);
  for (let place = 0; place < area; place++) {
    const column = place % width;
    const target = flipped ? place - column + (width - 1 - column) : place;
    for (let channel = 0; channel < 3; channel++) {
      pixels[channel * area + target] = (data[3 * place + channel] ?? 0) / 127.5 - 1;
    }
  }
  return f32([3, height, width], pixels);
}
