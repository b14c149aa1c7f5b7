/**
 * Aspect-ratio buckets: which size each picture is trained at, how it is resized and where it is cut.
 *
 * Source: the rule of sd-scripts 48d368f (`make_bucket_resolutions`, `BucketManager.select_bucket`, `get_crop_ltrb`).
 * Checked against lists and vectors made by running that rule: test/golden/data/schedulers/buckets.json and the table in
 * test/trainer/data/buckets.test.ts.
 */
import { UserError } from '../base/errors.ts';
import type { Crop, PictureSize } from '../base/ports.ts';
import type { Rng } from '../base/rng.ts';

/** All lengths in pixels. Names of sd-scripts in brackets. */
export interface BucketOptions {
  /** The area (width times height) that every bucket stays within, and the one size when buckets are off. */
  readonly resolution: PictureSize;
  /** [enable_bucket] Off: every picture is trained at `resolution`. */
  readonly enabled: boolean;
  /** [min_bucket_reso] Rounded down to a multiple of `step`. */
  readonly minimum: number;
  /** [max_bucket_reso] Rounded up to a multiple of `step`. */
  readonly maximum: number;
  /** [bucket_reso_steps] */
  readonly step: number;
  /** [bucket_no_upscale] Never enlarge: buckets follow the pictures; `minimum` and `maximum` are not used. */
  readonly noUpscale: boolean;
}

/** Where a picture goes: the whole of it is resized to `resized`, then `bucket` is cut out. */
export interface Placement {
  readonly bucket: PictureSize;
  readonly resized: PictureSize;
  /** Aspect ratio of the bucket minus that of the picture. */
  readonly aspectError: number;
}

/** A million pixels by 32, enlarged until 32 become 256, would take gigabytes; nearly all of it would be cut off. */
const MOST_RESIZED_PIXELS = 2 ** 28;

/**
 * Whether a model can be trained at these sizes. (That limits and resolution agree is a rule of the job.)
 *
 * @param multiple what the network can take: 64 for SD 1.x and 2.x, 32 for SDXL
 * @throws {UserError} `data/bucket-step` or `data/resolution`
 */
export function checkBucketOptions(options: BucketOptions, multiple: number): void {
  const { resolution, step } = options;
  const text = `${resolution.width}x${resolution.height}`;
  if (!options.enabled) {
    if (resolution.width % multiple !== 0 || resolution.height % multiple !== 0) {
      throw new UserError({
        code: 'data/resolution',
        what: `The resolution ${text} is not a multiple of ${multiple}, which this model needs when buckets are off`,
        fix: `Use ${nearestMultiple(resolution.width, multiple)}x${nearestMultiple(resolution.height, multiple)}, or switch on enable_bucket.`,
        details: { resolution: text, multiple },
      });
    }
    return;
  }
  if (!Number.isInteger(step) || step <= 0 || step % multiple !== 0) {
    throw new UserError({
      code: 'data/bucket-step',
      what: `bucket_reso_steps is ${step}, but this model needs a multiple of ${multiple}`,
      fix: `Set bucket_reso_steps to ${Math.max(multiple, nearestMultiple(step, multiple))}.`,
      details: { step, multiple },
    });
  }
}

const nearestMultiple = (side: number, multiple: number): number =>
  Math.max(multiple, Math.round(side / multiple) * multiple);

const floorTo = (x: number, step: number): number => Math.floor(x / step) * step;

function roundedLimits({ minimum, maximum, step }: BucketOptions): { minimum: number; maximum: number } {
  return { minimum: floorTo(minimum, step), maximum: Math.ceil(maximum / step) * step };
}

/**
 * The sizes that pictures are sorted into when enlarging is allowed, by width, then height.
 *
 *     one square of side floor(sqrt(area) / step) · step, and for every width from minimum to maximum
 *     height = min(maximum, floor(floor(area / width) / step) · step), kept with its mirror if height ≥ minimum
 */
export function bucketSizes(options: BucketOptions): readonly PictureSize[] {
  const { resolution, step } = options;
  if (!options.enabled) return [resolution];
  const { minimum, maximum } = roundedLimits(options);
  const area = resolution.width * resolution.height;
  const sizes = new Map<string, PictureSize>();
  const keep = (width: number, height: number): unknown => sizes.set(`${width}x${height}`, { width, height });

  const square = floorTo(Math.sqrt(area), step);
  keep(square, square);
  for (let width = minimum; width <= maximum; width += step) {
    const height = Math.min(maximum, floorTo(Math.floor(area / width), step));
    if (height < minimum) continue;
    keep(width, height);
    keep(height, width);
  }
  return [...sizes.values()].sort((a, b) => a.width - b.width || a.height - b.height);
}

/**
 * The rule that places a picture, with the list of buckets made once.
 *
 * @returns a function of the picture's size; it gives `undefined` for a picture that is too small or too narrow for any
 *          bucket
 */
export function createPlacer(options: BucketOptions): (picture: PictureSize) => Placement | undefined {
  if (options.enabled && options.noUpscale) return (picture) => placeWithoutEnlarging(picture, options);
  const sizes = bucketSizes(options);
  return (picture) => {
    const placement = placeInList(picture, sizes);
    return placement.resized.width * placement.resized.height > MOST_RESIZED_PIXELS ? undefined : placement;
  };
}

function placeInList(picture: PictureSize, sizes: readonly PictureSize[]): Placement {
  const aspect = picture.width / picture.height;
  const error = (size: PictureSize): number => Math.abs(size.width / size.height - aspect);
  const bucket =
    sizes.find((size) => size.width === picture.width && size.height === picture.height) ??
    // The first of equals wins, as numpy's argmin does.
    sizes.reduce((best, size) => (error(size) < error(best) ? size : best));
  const wider = aspect > bucket.width / bucket.height;
  const scale = wider ? bucket.height / picture.height : bucket.width / picture.width;
  const resized = { width: roundHalfUp(picture.width * scale), height: roundHalfUp(picture.height * scale) };
  return { bucket, resized, aspectError: bucket.width / bucket.height - aspect };
}

function placeWithoutEnlarging(picture: PictureSize, { resolution, step }: BucketOptions): Placement | undefined {
  const aspect = picture.width / picture.height;
  const area = resolution.width * resolution.height;
  const resized = picture.width * picture.height > area ? shrinkToArea(aspect, area, step) : picture;
  const bucket = { width: floorTo(resized.width, step), height: floorTo(resized.height, step) };
  // `!(x > 0)` also holds for the NaN that a very narrow picture leaves behind.
  if (!(bucket.width > 0) || !(bucket.height > 0)) return undefined;
  return { bucket, resized, aspectError: bucket.width / bucket.height - aspect };
}

/** Rounds the width first and the height first, and keeps the one whose bucket is nearer in aspect (a tie: height first). */
function shrinkToArea(aspect: number, area: number, step: number): PictureSize {
  const idealWidth = Math.sqrt(area * aspect);
  const idealHeight = area / idealWidth;
  const toStep = (x: number): number => floorTo(roundHalfUp(x), step);

  const width = toStep(idealWidth);
  const errorByWidth = Math.abs(width / toStep(width / aspect) - aspect);
  const height = toStep(idealHeight);
  const errorByHeight = Math.abs(toStep(height * aspect) / height - aspect);

  if (errorByWidth < errorByHeight) return { width, height: roundHalfUp(width / aspect) };
  return { width: roundHalfUp(height * aspect), height };
}

const roundHalfUp = (x: number): number => Math.floor(x + 0.5);

/** The bucket cut from the middle of the resized picture; half pixels go to the right and bottom. */
export function centreCrop({ bucket, resized }: Placement): Crop {
  return {
    left: Math.floor((resized.width - bucket.width) / 2),
    top: Math.floor((resized.height - bucket.height) / 2),
    ...bucket,
  };
}

/** The bucket cut at random. Draws once per side on which the resized picture is larger: width first. */
export function randomCrop({ bucket, resized }: Placement, rng: Rng): Crop {
  const draw = (spare: number): number => (spare > 0 ? rng.below(spare + 1) : 0);
  const left = draw(resized.width - bucket.width);
  const top = draw(resized.height - bucket.height);
  return { left, top, ...bucket };
}

/**
 * The six numbers that SDXL is told about a picture, in the order of its time ids:
 * original height and width, crop top and left, target height and width.
 *
 * The crop is not where the picture was cut. sd-scripts derives it from the sizes alone, as the margins of the whole
 * picture fitted inside the bucket, and ignores random crops; files trained here must mean the same.
 */
export function sizeCondition(picture: PictureSize, bucket: PictureSize, flipped: boolean): readonly number[] {
  const aspect = picture.width / picture.height;
  const bucketIsWider = bucket.width / bucket.height > aspect;
  const width = bucketIsWider ? bucket.height * aspect : bucket.width;
  const height = bucketIsWider ? bucket.height : bucket.width / aspect;
  const left = Math.floor((bucket.width - width) / 2);
  const top = Math.floor((bucket.height - height) / 2);
  const shownLeft = flipped ? Math.trunc(bucket.width - (left + width)) : left;
  return [picture.height, picture.width, top, shownLeft, bucket.height, bucket.width];
}
