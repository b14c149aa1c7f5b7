/**
 * Features of a picture from the latents that an autoencoder makes of it, few enough for a covariance of some hundred
 * pictures: mean and deviation of each channel in each of 4 x 4 fields.
 *
 * They stand in for the features of InceptionV3 where its weights are not at hand. Distances between them say which of two
 * models comes nearer to its pictures; they are no FID, and compare with no published number.
 */
import type { F32Tensor } from '../../base/tensor.ts';
import { must } from '../../base/errors.ts';

const FIELDS = 4;

/**
 * @param latents f32 [C, h, w]
 * @returns f32 [C · 4 · 4 · 2]: the means, then the deviations
 */
export function latentGrid({ shape, data }: F32Tensor): Float32Array {
  const [channels, rows, columns] = [must(shape[0], 'channels'), must(shape[1], 'rows'), must(shape[2], 'columns')];
  const means: number[] = [];
  const deviations: number[] = [];
  for (let channel = 0; channel < channels; channel++) {
    for (let field = 0; field < FIELDS ** 2; field++) {
      const values: number[] = [];
      for (const y of rangeOf(Math.floor(field / FIELDS), rows)) {
        for (const x of rangeOf(field % FIELDS, columns))
          values.push(data[(channel * rows + y) * columns + x] as number);
      }
      const mean = average(values);
      means.push(mean);
      deviations.push(Math.sqrt(average(values.map((value) => (value - mean) ** 2))));
    }
  }
  return Float32Array.from([...means, ...deviations]);
}

/** The places of a field along an axis: at least one, also where there are fewer places than fields. */
function rangeOf(field: number, places: number): readonly number[] {
  const start = Math.min(Math.floor((field * places) / FIELDS), places - 1);
  const end = Math.max(start + 1, Math.floor(((field + 1) * places) / FIELDS));
  return Array.from({ length: end - start }, (_, index) => start + index);
}

const average = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
