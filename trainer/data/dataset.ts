/**
 * What a scan finds: the pictures that will be trained on, each with its caption and its bucket.
 */
import { UserError } from '../base/errors.ts';
import type { PictureSize } from '../base/ports.ts';
import type { BucketOptions, Placement } from './buckets.ts';
import type { Finding } from './findings.ts';

/** A parent of `<repeats>_<name>` folders, or with `plain` one folder of pictures. */
export interface ImageSource {
  readonly folder: string;
  readonly plain?: {
    /** [instance_prompt, class_prompt] The caption of pictures that have none. */
    readonly prompt: string;
    readonly repeats: number;
  };
  /** There may be nothing yet: what is missing will be made. */
  readonly mayBeEmpty?: true;
}

export interface ScanOptions {
  /** [train_data_dir] */
  readonly train: ImageSource;
  /** [reg_data_dir] */
  readonly regularisation?: ImageSource;
  /** [caption_extension] */
  readonly captionExtension: string;
  /** [enable_wildcard] */
  readonly wildcards: boolean;
  readonly buckets: BucketOptions;
}

export interface SubsetFolder {
  readonly folder: string;
  /** The folder's own name, `10_sks cat`. */
  readonly name: string;
  readonly repeats: number;
  /** The caption of pictures that have none. */
  readonly classTokens: string;
  readonly isRegularisation: boolean;
}

export interface Subset extends SubsetFolder {
  /** Pictures that are used, without repeats. */
  readonly imageCount: number;
}

export interface DatasetImage extends PictureSize {
  readonly path: string;
  /** Of the file. */
  readonly bytes: number;
  readonly caption: string;
  readonly captionFrom: 'file' | 'folder' | 'nothing';
  /** Index into `subsets`. */
  readonly subset: number;
  /** As the folder says; regularisation pictures may be shown more often, see `epochRepeats`. */
  readonly repeats: number;
  readonly isRegularisation: boolean;
  readonly placement: Placement;
}

export interface Dataset {
  readonly subsets: readonly Subset[];
  readonly images: readonly DatasetImage[];
  readonly findings: readonly Finding[];
  /** Pictures that can not be used. Each has a finding of severity `error`. */
  readonly leftOut: number;
}

/** @throws {UserError} `data/no-images`, `data/no-usable-images` if nothing is left to train on */
export function requireImages(dataset: Dataset, folder: string): void {
  if (dataset.images.some((image) => !image.isRegularisation)) return;
  if (dataset.leftOut === 0 && dataset.subsets.every(({ imageCount }) => imageCount === 0)) {
    throw new UserError({
      code: 'data/no-images',
      what: 'The folders in here hold no pictures',
      where: folder,
      fix: 'Put pictures (PNG, JPEG, WebP, BMP or AVIF) into them, or choose another folder.',
    });
  }
  const reasons = dataset.findings.filter((found) => found.severity === 'error').slice(0, 3);
  throw new UserError({
    code: 'data/no-usable-images',
    what: `None of the pictures can be used${reasons.map((found) => `; ${found.path}: ${found.sentence}`).join('')}`,
    where: folder,
    fix: 'Mend or replace the pictures, or choose another folder. "lora-loom scan" on the folder lists everything that is wrong.',
    details: { leftOut: dataset.leftOut },
  });
}
