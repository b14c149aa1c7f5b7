/**
 * A scan as numbers: what would be trained on, for how many steps, and what is wrong. Plain data, for people and programs.
 */
import { excerpt } from '../base/excerpt.ts';
import type { PictureSize } from '../base/ports.ts';
import type { Duration, StepPlan } from './batches.ts';
import { bucketCounts, epochRepeats, planSteps } from './batches.ts';
import type { Dataset, DatasetImage, Subset } from './dataset.ts';
import type { Finding, Severity } from './findings.ts';

/** Files named for each kind of finding. */
const FILES_SHOWN = 5;
const HEADINGS: Readonly<Record<Severity, string>> = {
  error: 'Left out',
  warning: 'Worth a look',
  info: 'Good to know',
};

export interface BucketReport extends PictureSize {
  /** Pictures, each counted once. */
  readonly images: number;
  /** Pictures an epoch shows, repeats included. */
  readonly samples: number;
  readonly batches: number;
}

export interface CaptionReport {
  readonly fromFiles: number;
  readonly fromFolderName: number;
  readonly none: number;
}

export interface DatasetReport {
  readonly trainingImages: number;
  readonly regularisationImages: number;
  /** Pictures that can not be used; each is among the findings. */
  readonly leftOut: number;
  /** Regularisation pictures that no epoch reaches, because there are more than training samples. */
  readonly unusedRegularisation: number;
  readonly subsets: readonly Subset[];
  readonly captions: CaptionReport;
  readonly buckets: readonly BucketReport[];
  readonly batchSize: number;
  readonly accumulation: number;
  readonly steps: StepPlan;
  readonly findings: readonly Finding[];
  readonly findingCounts: Readonly<Record<Severity, number>>;
}

export interface ReportOptions {
  readonly batchSize: number;
  readonly accumulation: number;
  readonly duration: Duration;
}

export function reportDataset(dataset: Dataset, options: ReportOptions): DatasetReport {
  const { images, subsets, findings, leftOut } = dataset;
  const { batchSize, accumulation, duration } = options;
  const repeats = epochRepeats(images);
  const shown = images.filter((_, index) => (repeats[index] ?? 0) > 0);
  const count = (matches: (image: DatasetImage) => boolean): number => images.filter(matches).length;
  const found = (severity: Severity): number => findings.filter((one) => one.severity === severity).length;
  return {
    trainingImages: count((image) => !image.isRegularisation),
    regularisationImages: count((image) => image.isRegularisation),
    leftOut,
    unusedRegularisation: images.length - shown.length,
    subsets,
    captions: {
      fromFiles: count((image) => image.captionFrom === 'file'),
      fromFolderName: count((image) => image.captionFrom === 'folder'),
      none: count((image) => image.caption === ''),
    },
    buckets: bucketCounts(images, batchSize).map(({ bucket, samples, batches }) => ({
      ...bucket,
      images: shown.filter(({ placement }) => isSize(placement.bucket, bucket)).length,
      samples,
      batches,
    })),
    batchSize,
    accumulation,
    steps: planSteps(images, { batchSize, accumulation }, duration),
    findings,
    findingCounts: { error: found('error'), warning: found('warning'), info: found('info') },
  };
}

const isSize = (a: PictureSize, b: PictureSize): boolean => a.width === b.width && a.height === b.height;

/** The sum that gives the number of steps, in words. */
export function stepArithmetic({ steps, batchSize, accumulation }: DatasetReport): string {
  const { trainingSamples, regularisationSamples, batchesPerEpoch, stepsPerEpoch, epochs, totalSteps } = steps;
  const samples =
    regularisationSamples === 0
      ? plural(trainingSamples, 'picture')
      : `${trainingSamples} + ${regularisationSamples} pictures`;
  const accumulated = accumulation === 1 ? '' : `, by accumulation ${accumulation}: ${plural(stepsPerEpoch, 'step')}`;
  const batches = `${plural(batchesPerEpoch, 'batch', 'batches')} of up to ${batchSize}${accumulated}`;
  return `An epoch shows ${samples}, repeats included, in ${batches}. ${plural(totalSteps, 'step')} ${totalSteps === 1 ? 'is' : 'are'} ${plural(epochs, 'epoch')}.`;
}

/** "1 batch", "2 batches" */
export const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

/** Findings for people: by severity, then by kind, each kind with a few of its files. Each severity starts with an empty line. */
export function findingLines(findings: readonly Finding[]): string[] {
  return (['error', 'warning', 'info'] as const).flatMap((severity) => {
    const some = findings.filter((found) => found.severity === severity);
    if (some.length === 0) return [];
    const codes = [...new Set(some.map((found) => found.code))];
    return [
      '',
      `${HEADINGS[severity]}:`,
      ...codes.flatMap((code) => kindLines(some.filter((one) => one.code === code))),
    ];
  });
}

function kindLines(findings: readonly Finding[]): string[] {
  const shown = findings.slice(0, FILES_SHOWN);
  const more = findings.length - shown.length;
  const sameFix = new Set(shown.map(({ fix }) => fix)).size === 1;
  const lines = shown.flatMap(({ path, sentence, fix }, index) => [
    `  ${excerpt(path, Infinity)}`,
    `    ${excerpt(sentence, Infinity)}.`,
    // A fix that names the file stands with it; one that is the same for all stands once.
    ...(sameFix && index < shown.length - 1 ? [] : [`    ${fix}`]),
  ]);
  return more === 0 ? lines : [...lines, `  and ${more} more like ${shown.length === 1 ? 'this' : 'these'}`];
}
