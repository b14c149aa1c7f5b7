/**
 * Where class images stand among all regularisation images, which an epoch walks by folder and then by name.
 */
import type { Dataset, DatasetImage } from '../../data/dataset.ts';
import { digestIn, NAMES_BEGIN, type ClassFolder } from './class-folder.ts';

export interface OtherImages {
  readonly before: readonly DatasetImage[];
  readonly after: readonly DatasetImage[];
}

/** Regularisation images that are no class images of this folder. */
export function othersInWalk({ subsets, images }: Dataset, { name: own }: Pick<ClassFolder, 'name'>): OtherImages {
  const before: DatasetImage[] = [];
  const after: DatasetImage[] = [];
  for (const image of images) {
    const subset = subsets[image.subset];
    if (!image.isRegularisation || subset === undefined) continue;
    // The path is the folder, one separator, the name.
    const name = image.path.slice(subset.folder.length + 1);
    const isOwn = subset.name === own;
    if (isOwn && digestIn(name) !== undefined) continue;
    const comesFirst = isOwn ? name < NAMES_BEGIN : subset.name < own;
    (comesFirst ? before : after).push(image);
  }
  return { before, after };
}
