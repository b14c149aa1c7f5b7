/**
 * Which pictures of the dataset are in sight. What is out of sight is not selected, so no batch edit changes it unseen.
 */
import type { DatasetImageShape, DatasetScan } from '../../trainer/api/rpc/index.ts';

export interface Sight {
  readonly kind: 'training' | 'regularisation';
  /** Path of one folder; all of the kind where it is left out. */
  readonly folder?: string | undefined;
  /** Only pictures without a caption of their own. */
  readonly onlyWithout: boolean;
}

export const WHOLE_SIGHT: Sight = { kind: 'training', onlyWithout: false };

/** The pictures of the kind and the folder, with a caption or without. */
export const imagesOf = ({ images, subsets }: DatasetScan, { kind, folder }: Sight): readonly DatasetImageShape[] =>
  images.filter(
    ({ isRegularisation, subset }) =>
      isRegularisation === (kind === 'regularisation') && (folder === undefined || subsets[subset]?.folder === folder),
  );

export const imagesInSight = (scan: DatasetScan, sight: Sight): readonly DatasetImageShape[] =>
  imagesOf(scan, sight).filter(({ captionFrom }) => !sight.onlyWithout || captionFrom !== 'file');

/** Kinds and folders that a new scan no longer has are not looked at any more. */
export function possibleSight({ images, subsets }: DatasetScan, sight: Sight): Sight {
  const { kind, folder } = sight;
  const isGone = kind === 'regularisation' && !images.some(({ isRegularisation }) => isRegularisation);
  if (isGone) return { ...WHOLE_SIGHT, onlyWithout: sight.onlyWithout };
  return subsets.some((subset) => subset.folder === folder) ? sight : { ...sight, folder: undefined };
}

export function selectedInSight(
  scan: DatasetScan | undefined,
  sight: Sight,
  selected: Iterable<string>,
): ReadonlySet<string> {
  const seen = new Set((scan === undefined ? [] : imagesInSight(scan, sight)).map(({ path }) => path));
  return new Set([...selected].filter((path) => seen.has(path)));
}
