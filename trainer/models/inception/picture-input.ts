/**
 * Pictures as InceptionV3 takes them for FID: 299 x 299, -1 … 1.
 *
 * pytorch-fid resizes without smoothing, also where a picture shrinks; whoever compares numbers with others' must do the
 * same. Checked against torch.nn.functional.interpolate (bilinear, align_corners=False): test/golden/inception.test.ts.
 */
import type { Picture } from '../../base/ports.ts';
import { f32, type F32Tensor } from '../../base/tensor.ts';
import { INCEPTION_SIDE } from './inception.ts';

/** Along one axis: the two pixels that an output pixel lies between, and the share of the second. */
interface Between {
  readonly first: Int32Array;
  readonly second: Int32Array;
  readonly share: Float64Array;
}

/** The middle of output pixel i is (i + ½)·from/to − ½, cut off at the first pixel; beyond the last it stays there. */
function betweenPixels(from: number): Between {
  const places = Float64Array.from({ length: INCEPTION_SIDE }, (_, i) =>
    Math.max(0, ((i + 0.5) * from) / INCEPTION_SIDE - 0.5),
  );
  const first = Int32Array.from(places, (place) => Math.floor(place));
  return {
    first,
    second: first.map((pixel) => Math.min(from - 1, pixel + 1)),
    share: places.map((place, i) => place - (first[i] as number)),
  };
}

/** f32 [B, 3, 299, 299], each colour c as 2·c/255 − 1 */
export function inceptionInput(pictures: readonly Picture[]): F32Tensor {
  const area = INCEPTION_SIDE ** 2;
  const data = new Float32Array(pictures.length * 3 * area);
  for (const [index, picture] of pictures.entries()) {
    resizeInto(data.subarray(index * 3 * area, (index + 1) * 3 * area), picture);
  }
  return f32([pictures.length, 3, INCEPTION_SIDE, INCEPTION_SIDE], data);
}

function resizeInto(target: Float32Array, { width, height, data }: Picture): void {
  const [rows, columns] = [betweenPixels(height), betweenPixels(width)];
  const area = INCEPTION_SIDE ** 2;
  for (let y = 0; y < INCEPTION_SIDE; y++) {
    const [above, below] = [(rows.first[y] as number) * width, (rows.second[y] as number) * width];
    const down = rows.share[y] as number;
    for (let x = 0; x < INCEPTION_SIDE; x++) {
      const [left, right] = [columns.first[x] as number, columns.second[x] as number];
      const across = columns.share[x] as number;
      for (let channel = 0; channel < 3; channel++) {
        const at = (pixel: number): number => data[3 * pixel + channel] as number;
        const upper = at(above + left) * (1 - across) + at(above + right) * across;
        const lower = at(below + left) * (1 - across) + at(below + right) * across;
        target[channel * area + y * INCEPTION_SIDE + x] = (upper * (1 - down) + lower * down) / 127.5 - 1;
      }
    }
  }
}
