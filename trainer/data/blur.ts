/**
 * How blurred a picture is, and which pictures of a dataset are.
 *
 * Source: Crété-Roffet, Dolmière, Ladret and Nicolas 2007, "The blur effect: perception and estimation with a new no-reference
 * perceptual blur metric", Proc. SPIE 6492, eq. 1 to 6. The idea: what is sharp loses much of its edges when it is blurred once
 * more, what is blurred loses little. It needs no scale of its own for photos, drawings or pale pictures, as variances of a
 * Laplacian do. Ours differs in one point, see `blurOf`.
 */
import { UserError } from '../base/errors.ts';
import type { Picture } from '../base/ports.ts';
import type { Dataset, DatasetImage } from './dataset.ts';
import type { Finding } from './findings.ts';
import { finding, findingOfError } from './findings.ts';

/** Pixels of the second blur: a mean over so many neighbours in a line. */
const WINDOW = 9;
const BEHIND = 5;
const AHEAD = 4;
/**
 * From where a picture is called blurred. 16 sharp photos and drawings had 0.08 to 0.35; after a Gaussian blur of 1.5 pixels at most
 * 0.59, of 2 pixels 0.44 to 0.69, of 3 pixels 0.64 to 0.81.
 */
const BLURRED = 0.6;
/** Pixels of the longer side at which a picture is measured at most. */
const LARGEST_SIDE = 1024;
const PICTURES_AT_ONCE = 8;

/** The blur of the picture of a file, shrunk to fit a square of `side` pixels. */
export type MeasureBlur = (path: string, side: number) => Promise<number>;

/**
 * From 0, sharp, to 1, blurred. In each direction, over all places i of all lines of the luma F that a window fits around:
 *
 *     D(i) = |F(i) − F(i−1)|        the edge here
 *     B(i) = |F(i+4) − F(i−5)| / 9  the same edge after a mean over 9 pixels
 *     blur = Σ D · min(D, B) / Σ D²
 *
 * and of both directions the larger. The source has Σ min(D, B) / Σ D. Here every place counts once more by its edge, so that the
 * strongest edges decide: a soft background behind a sharp subject is no blur.
 *
 * @returns 0 for a picture without any edge: it cannot be told from a sharp one
 */
export function blurOf({ width, height, data }: Picture): number {
  const luma = new Float32Array(width * height);
  for (let i = 0; i < luma.length; i++) luma[i] = lumaAt(data, 3 * i);
  const alongRows = blurAlong(luma, { length: width, step: 1 }, { length: height, step: width });
  const alongColumns = blurAlong(luma, { length: height, step: width }, { length: width, step: 1 });
  return Math.max(alongRows, alongColumns);
}

/** ITU-R BT.601 */
const lumaAt = (data: Uint8Array, i: number): number =>
  0.299 * (data[i] ?? 0) + 0.587 * (data[i + 1] ?? 0) + 0.114 * (data[i + 2] ?? 0);

interface Axis {
  readonly length: number;
  /** Between neighbours, in the data. */
  readonly step: number;
}

function blurAlong(luma: Float32Array, along: Axis, across: Axis): number {
  const difference = (one: number, other: number): number => Math.abs((luma[one] ?? 0) - (luma[other] ?? 0));
  let left = 0;
  let all = 0;
  for (let line = 0; line < across.length; line++) {
    for (let i = BEHIND; i < along.length - AHEAD; i++) {
      const here = line * across.step + i * along.step;
      const edge = difference(here, here - along.step);
      const blurred = difference(here + AHEAD * along.step, here - BEHIND * along.step) / WINDOW;
      left += edge * Math.min(edge, blurred);
      all += edge * edge;
    }
  }
  return all === 0 ? 0 : left / all;
}

/**
 * Pictures that are blurred at the size they are trained at, as far as they have it. Those that are said to be enlarged are passed
 * over, and a picture that turns out damaged is told as such.
 *
 * @param checkStop throws where nobody waits for the answer any more
 */
export async function blurFindings(
  measure: MeasureBlur,
  { images, findings }: Pick<Dataset, 'images' | 'findings'>,
  checkStop: () => void = () => undefined,
): Promise<readonly Finding[]> {
  const enlarged = new Set(findings.filter(({ code }) => code === 'images/enlarged').map(({ path }) => path));
  const measured = images.filter(({ path }) => !enlarged.has(path));
  const found: Finding[] = [];
  for (let start = 0; start < measured.length; start += PICTURES_AT_ONCE) {
    checkStop();
    const some = measured.slice(start, start + PICTURES_AT_ONCE);
    for (const one of await Promise.all(some.map((image) => blurFinding(measure, image)))) found.push(...one);
  }
  return found;
}

async function blurFinding(measure: MeasureBlur, { path, placement }: DatasetImage): Promise<readonly Finding[]> {
  const { width, height } = placement.resized;
  try {
    const blur = await measure(path, Math.min(LARGEST_SIDE, Math.max(width, height)));
    if (blur < BLURRED) return [];
    return [
      finding(
        'images/blurred',
        path,
        `The picture looks blurred at ${width} x ${height}, the size it is trained at (blur ${blur.toFixed(2)} of 1)`,
        'The blur is learned too. Use a sharper version, a lower resolution, or leave it out; if it is meant to be soft, keep it.',
      ),
    ];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [{ ...findingOfError(error, path), severity: 'warning' }];
  }
}
