/** The dataset as it will be when the class images are as the job wants them, for whoever counts its steps before that. */
import type { Job } from '../../api/job/index.ts';
import { createPlacer } from '../../data/buckets.ts';
import type { Dataset, DatasetImage } from '../../data/dataset.ts';
import { bucketOptionsOf } from '../../data/options.ts';
import type { ClassImageSurvey } from './survey.ts';
import { othersInWalk } from './walk.ts';

/** @param dataset with the class images that lie in their folder already, wanted or not */
export function withAwaited(
  job: Job,
  dataset: Dataset,
  { place, present, missing }: Pick<ClassImageSurvey, 'place' | 'present' | 'missing'>,
): Dataset {
  const placement = createPlacer(bucketOptionsOf(job));
  const wanted = [...present, ...missing].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const classImages = wanted.flatMap(({ name, width, height }): DatasetImage[] => {
    const placed = placement({ width, height });
    if (placed === undefined) return [];
    const size = { width, height, bytes: 0, placement: placed };
    // It belongs to a folder that may not be there yet, so to none that the scan has found.
    const origin = { path: name, caption: '', captionFrom: 'folder', subset: -1, repeats: place.repeats } as const;
    return [{ ...size, ...origin, isRegularisation: true }];
  });
  const subject = dataset.images.filter(({ isRegularisation }) => !isRegularisation);
  const { before, after } = othersInWalk(dataset, place);
  return { ...dataset, images: [...subject, ...before, ...classImages, ...after] };
}
