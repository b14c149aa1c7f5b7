/** The dataset as it will be when the missing class images are drawn, for whoever counts its steps before that. */
import type { Job } from '../../api/job/index.ts';
import { createPlacer } from '../../data/buckets.ts';
import type { Dataset, DatasetImage } from '../../data/dataset.ts';
import { bucketOptionsOf } from '../../data/options.ts';
import type { ClassImageSurvey } from './survey.ts';

/** @param dataset with the class images that are there already */
export function withAwaited(
  job: Job,
  dataset: Dataset,
  { place, missing }: Pick<ClassImageSurvey, 'place' | 'missing'>,
): Dataset {
  const placement = createPlacer(bucketOptionsOf(job));
  const awaited = missing.flatMap(({ name, width, height }): DatasetImage[] => {
    const placed = placement({ width, height });
    if (placed === undefined) return [];
    const size = { width, height, bytes: 0, placement: placed };
    // It belongs to a folder that may not be there yet, so to none that the scan has found.
    const origin = { path: name, caption: '', captionFrom: 'folder', subset: -1, repeats: place.repeats } as const;
    return [{ ...size, ...origin, isRegularisation: true }];
  });
  return { ...dataset, images: [...dataset.images, ...awaited] };
}
