/**
 * Shapes of what a scan of a dataset tells: pictures, folders, buckets, findings.
 */
import * as z from 'zod';
import { bytes, count, list, problem } from './shapes.ts';

export const size = z.object({ width: count, height: count });

export const captionLength = z.object({
  /** Without start and end. */
  tokens: count,
  /** Where in the caption the first word starts that is not wholly read; absent where all is read. */
  cutAt: count.exactOptional(),
});

export const datasetImage = z.object({
  ...captionLength.shape,
  path: z.string(),
  name: z.string(),
  bytes,
  /** Of the upright picture. */
  width: count,
  height: count,
  caption: z.string(),
  captionFrom: z.enum(['file', 'folder', 'nothing']),
  /** Where `caption.write` puts it. */
  captionFile: z.string(),
  /** Index into `subsets`. */
  subset: count,
  /** How often an epoch shows it. */
  repeats: count,
  isRegularisation: z.boolean(),
  bucket: size,
  /** The whole picture is resized to this, then the bucket is cut out of its middle. */
  resized: size,
  /** Indexes into `findings`. */
  findings: list(count),
});
export type CaptionLengthShape = z.infer<typeof captionLength>;
export type DatasetImageShape = z.infer<typeof datasetImage>;

export const subset = z.object({
  folder: z.string(),
  /** The folder's own name, `10_sks cat`. */
  name: z.string(),
  repeats: count,
  /** The caption of pictures that have none. */
  classTokens: z.string(),
  isRegularisation: z.boolean(),
  imageCount: count,
});

export const bucketCount = z.object({
  width: count,
  height: count,
  /** Each counted once. */
  images: count,
  /** In an epoch, repeats included. */
  samples: count,
  batches: count,
});

/** As `stepArithmetic` has it. */
export const stepPlan = z.object({
  /** Different pictures. */
  images: count,
  regularisationImages: count,
  /** In an epoch, repeats included. */
  trainingSamples: count,
  regularisationSamples: count,
  batchSize: count,
  accumulation: count,
  batchesPerEpoch: count,
  stepsPerEpoch: count,
  epochs: count,
  totalSteps: count,
});
export type StepPlanShape = z.infer<typeof stepPlan>;

export const datasetScan = z.object({
  images: list(datasetImage),
  subsets: list(subset),
  buckets: list(bucketCount),
  /** Where is a path. */
  findings: list(problem),
  /** Pictures that cannot be used; each has a finding of severity `error`. */
  leftOut: count,
  /** max_token_length of the job. */
  tokenLimit: count,
  steps: stepPlan.exactOptional(),
});
export type DatasetScan = z.infer<typeof datasetScan>;
