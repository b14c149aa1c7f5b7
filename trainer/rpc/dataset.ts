/**
 * The dataset as the window shows it: pictures with captions, buckets and findings, and what can be done about these.
 */
import { copyFile, rename } from 'node:fs/promises';
import { constants } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { CAPTION_EXTENSIONS, isPictureName } from '../api/dataset-files.ts';
import { parseJob, type Job } from '../api/job/index.ts';
import type { CallInput, CallOutput, DatasetFix, DatasetScan, Handlers, JobSettings } from '../api/rpc/index.ts';
import { blurFindings } from '../data/blur.ts';
import { captionLength, cutCaptionFindings } from '../data/caption-length.ts';
import { captionFileNames, stemOf } from '../data/captions.ts';
import type { Dataset } from '../data/dataset.ts';
import { durationOf, scanOptionsOf } from '../data/options.ts';
import { prepareFolders } from '../data/prepare.ts';
import { reportDataset, type DatasetReport } from '../data/report.ts';
import { epochRepeats } from '../data/batches.ts';
import { scanDataset } from '../data/scan.ts';
import { withAwaited } from '../train/class-images/awaited.ts';
import { surveyClassImages } from '../train/class-images/survey.ts';
import { captionFileOf, writeCaption } from './captions.ts';
import { plainName } from './plain-name.ts';
import { problemOfFinding } from './problems.ts';
import type { Surroundings } from './surroundings.ts';

type DatasetCalls =
  'dataset.scan' | 'dataset.inspect' | 'dataset.fix' | 'dataset.add' | 'dataset.create' | 'dataset.prepare';

export function datasetHandlers(around: Surroundings): Pick<Handlers, DatasetCalls> {
  const { machine, allowed, emit } = around;
  const { files } = machine;
  return {
    'dataset.scan': async ({ table }) => {
      const job = datasetJob(machine, table);
      const dataset = await scanOf(around, job);
      const tokenizer = await machine.loadTokenizer();
      const findings = [...dataset.findings, ...cutCaptionFindings(dataset.images, tokenizer, job.max_token_length)];
      return scanned(around, job, { ...dataset, findings });
    },
    'dataset.inspect': async ({ table }, { signal }) => {
      const job = datasetJob(machine, table);
      const dataset = await scanOf(around, job);
      const findings = await blurFindings(machine.measureBlur, dataset, () => signal.throwIfAborted());
      return { findings: findings.map((finding) => problemOfFinding(finding, dataset, job)) };
    },
    'dataset.fix': async ({ fix }) => {
      const changed = await applyFix(around, fix);
      if (changed > 0) emit('dataset.changed', { folders: [...new Set(fix.images.map((image) => dirname(image)))] });
      return { changed };
    },
    'dataset.add': async ({ folder, paths }) => {
      const into = await allowed.require(folder);
      const added: string[] = [];
      for (const path of paths) added.push(...(await addPicture(around, into, path)));
      if (added.length > 0) emit('dataset.changed', { folders: [into] });
      return { added };
    },
    'dataset.create': async ({ name }) => {
      const parent = join(machine.workFolder, 'datasets');
      await files.makeFolder(parent);
      const folder = await freeName(around, join(parent, plainName(name, 'pictures')));
      await files.makeFolder(folder);
      await allowed.allow(folder);
      return { folder };
    },
    'dataset.prepare': (order, { signal }) => prepare(around, order, signal),
  };
}

/** What a job needs beside its pictures plays no part here. */
export function datasetJob({ withBundled }: Surroundings['machine'], table: JobSettings): Job {
  const rest = { pretrained_model_name_or_path: '-', output_dir: '-' };
  const own = Object.entries(table).filter(([key]) => key !== 'model_config');
  return withBundled(parseJob({ ...Object.fromEntries(own), ...rest }, 'the job'));
}

/** Scans, and lets the pictures be shown. */
export async function scanOf({ machine, allowed }: Surroundings, job: Job): Promise<Dataset> {
  const dataset = await scanDataset(machine.files, machine.pictures, scanOptionsOf(job));
  await allowed.allow(job.train_data_dir);
  if (job.reg_data_dir !== undefined) await allowed.allow(job.reg_data_dir);
  return dataset;
}

/** The class images that a run will draw before it trains count too. */
export async function withClassImages({ machine }: Surroundings, job: Job, dataset: Dataset): Promise<Dataset> {
  if (!job.with_prior_preservation || job.method === 'autoencoder') return dataset;
  return withAwaited(job, dataset, await surveyClassImages(machine, job));
}

async function scanned({ machine }: Surroundings, job: Job, dataset: Dataset): Promise<DatasetScan> {
  const { images, subsets, leftOut } = dataset;
  const tokenizer = await machine.loadTokenizer();
  const repeats = epochRepeats(images);
  const report = reportOf(job, dataset);
  const byPath = new Map<string, number[]>();
  for (const [index, { path }] of dataset.findings.entries()) byPath.set(path, [...(byPath.get(path) ?? []), index]);
  const shown = [];
  for (const [index, image] of images.entries()) {
    const { path, bytes, width, height, caption, captionFrom, subset, isRegularisation, placement } = image;
    const captionFile = await captionFileOf(machine.files, path, job.caption_extension);
    shown.push({
      ...{
        path,
        name: basename(path),
        bytes,
        width,
        height,
        caption,
        captionFrom,
        captionFile,
        subset,
        isRegularisation,
      },
      ...captionLength(tokenizer, caption, job.max_token_length),
      repeats: repeats[index] ?? 0,
      bucket: placement.bucket,
      resized: placement.resized,
      findings: [...(byPath.get(path) ?? []), ...(byPath.get(captionFile) ?? [])],
    });
  }
  return {
    images: shown,
    subsets: [...subsets],
    buckets: [...report.buckets],
    findings: dataset.findings.map((finding) => problemOfFinding(finding, dataset, job)),
    leftOut,
    tokenLimit: job.max_token_length,
    ...(images.some((image) => !image.isRegularisation) ? { steps: stepsOf(report) } : {}),
  };
}

export const reportOf = (job: Job, dataset: Dataset): DatasetReport =>
  reportDataset(dataset, {
    batchSize: job.train_batch_size,
    accumulation: job.gradient_accumulation_steps,
    duration: durationOf(job),
  });

export const stepsOf = ({ steps, trainingImages, regularisationImages, batchSize, accumulation }: DatasetReport) => ({
  images: trainingImages,
  regularisationImages,
  batchSize,
  accumulation,
  ...steps,
});

async function applyFix({ machine, allowed }: Surroundings, fix: DatasetFix): Promise<number> {
  let changed = 0;
  for (const given of fix.images) {
    const image = await allowed.require(given);
    if (fix.kind === 'caption') {
      const file = await captionFileOf(machine.files, image, fix.extension);
      if ((await machine.files.status(file)) !== undefined) continue;
      await writeCaption(machine.files, file, fix.text);
    } else await leaveOut(machine.files, image);
    changed += 1;
  }
  return changed;
}

/** Beside the folder of the dataset, where no scan looks: `<dataset>, left out/<subset>`. */
async function leaveOut(files: Surroundings['machine']['files'], image: string): Promise<void> {
  const subset = dirname(image);
  const target = join(`${dirname(subset)}, left out`, basename(subset));
  await files.makeFolder(target);
  const captions = CAPTION_EXTENSIONS.flatMap((ending) => captionFileNames(basename(image), ending).slice(0, 1));
  await rename(image, join(target, basename(image)));
  for (const name of captions) {
    if ((await files.status(join(subset, name))) !== undefined) await rename(join(subset, name), join(target, name));
  }
}

/** A picture with the captions beside it, or all of a folder. */
async function addPicture({ machine: { files } }: Surroundings, into: string, path: string): Promise<string[]> {
  const from = resolve(path);
  const status = await files.status(from);
  if (status?.kind === 'folder') {
    const names = (await files.list(from)).filter(({ kind, name }) => kind === 'file' && isPictureName(name));
    const added = [];
    for (const { name } of names) added.push(...(await copyWithCaption(files, join(from, name), into)));
    return added;
  }
  return status === undefined || !isPictureName(from) ? [] : copyWithCaption(files, from, into);
}

async function copyWithCaption(files: Surroundings['machine']['files'], from: string, into: string): Promise<string[]> {
  const target = join(into, basename(from));
  if ((await files.status(target)) !== undefined) return [];
  await copyFile(from, target, constants.COPYFILE_EXCL);
  for (const ending of CAPTION_EXTENSIONS) {
    const caption = join(dirname(from), stemOf(basename(from)) + ending);
    if ((await files.status(caption)) === undefined) continue;
    await copyFile(caption, join(into, basename(caption)), constants.COPYFILE_EXCL).catch(() => undefined);
  }
  return [target];
}

async function freeName({ machine: { files } }: Surroundings, path: string): Promise<string> {
  for (let number = 1; ; number++) {
    const name = number === 1 ? path : `${path} ${number}`;
    if ((await files.status(name)) === undefined) return name;
  }
}

async function prepare(
  { machine, allowed, emit }: Surroundings,
  order: CallInput<'dataset.prepare'>,
  signal: AbortSignal,
): Promise<CallOutput<'dataset.prepare'>> {
  const { files, home, bundledPath } = machine;
  const atHome = (path: string): string => (path.trim() === '' ? '' : resolve(home, bundledPath(path.trim())));
  const { trainingImages, regularisationImages, destination } = order;
  const prepared = await prepareFolders(
    files,
    {
      ...order,
      trainingImages: atHome(trainingImages),
      regularisationImages: atHome(regularisationImages),
      destination: atHome(destination),
    },
    () => signal.aborted,
  );
  const root = resolve(atHome(destination));
  await allowed.allow(root);
  emit('dataset.changed', { folders: [dirname(prepared.image.folder)] });
  return { ...prepared, regularisationFolder: join(root, 'reg') };
}
