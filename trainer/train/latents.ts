/**
 * The latents that a run trains on: all pictures encoded once before the first step, or with cache_latents off each
 * picture anew whenever it comes up.
 *
 * A picture that cannot be decoded is left out with a warning, before the steps are counted.
 */
import type { Report } from '../api/events.ts';
import type { Job } from '../api/job/index.ts';
import { must, UserError } from '../base/errors.ts';
import type { Files } from '../base/ports.ts';
import { createGenerator, deriveSeed } from '../base/random.ts';
import { f32, type F32Tensor } from '../base/tensor.ts';
import { augmentationOf, epochRepeats, type Augmentation, type Batch } from '../data/batches.ts';
import { centreCrop } from '../data/buckets.ts';
import type { DatasetImage } from '../data/dataset.ts';
import {
  diskLatentsCache,
  drawLatents,
  latentKey,
  sampleLatents,
  type LatentKey,
  type LatentMoments,
  type LatentsCache,
} from '../data/latents-cache.ts';
import { augmentationOptionsOf } from '../data/options.ts';
import type { Checkpoint } from '../formats/checkpoint/types.ts';
import type { Machine } from './machine.ts';
import { fingerprint } from './state.ts';
import { openVaeEncoder, pixelsOf, stack, type VaeEncoder } from './vae-encoder.ts';

export interface BatchLatents {
  /** f32 [B, C, h, w], times the VAE's scale */
  readonly latents: F32Tensor;
  readonly flipped: readonly boolean[];
}

export interface LatentSource extends AsyncDisposable {
  /** The pictures that can be used. */
  readonly images: readonly DatasetImage[];
  batch(batch: Batch): Promise<BatchLatents>;
}

export interface LatentPlan {
  readonly machine: Machine;
  readonly job: Job;
  readonly seed: number;
  readonly checkpoint: Checkpoint;
  readonly images: readonly DatasetImage[];
  readonly report: Report;
  /** Asked between pictures. */
  readonly stopped: () => boolean;
}

export function openLatents(plan: LatentPlan): Promise<LatentSource> {
  return plan.job.cache_latents ? encodeAll(plan) : encodeWhenNeeded(plan);
}

/** Where cache_latents_to_disk keeps its files: beside the runs, so that they share it. */
export const latentsFolder = (files: Files, { output_dir }: Pick<Job, 'output_dir'>): string =>
  files.join(files.resolve(output_dir), 'latents-cache');

interface Work {
  readonly image: DatasetImage;
  readonly augmentation: Augmentation;
  readonly key: LatentKey;
}

async function encodeAll(plan: LatentPlan): Promise<LatentSource> {
  const { machine, job, checkpoint, images, report, seed } = plan;
  const { scalingFactor } = checkpoint.vae.config;
  const cache = job.cache_latents_to_disk
    ? diskLatentsCache(machine.files, latentsFolder(machine.files, job), FORGETFUL)
    : FORGETFUL;
  const vae = job.cache_latents_to_disk ? await vaeFingerprint(machine, checkpoint) : 'this run';
  await using encoder = encoderFor(plan);
  const latents = new Map<DatasetImage, F32Tensor[]>();
  const failed = new Set<DatasetImage>();

  // A picture that fails may bring in a regularisation picture that was not needed before.
  let usable = images;
  for (;;) {
    const works = (await worksOf(machine.files, job, usable, vae)).filter(({ image }) => !latents.has(image));
    if (works.length === 0 || plan.stopped()) break;
    report({ kind: 'state', state: 'caching', message: `Encoding ${works.length} pictures` });
    let done = 0;
    for (const group of groupsOfOneSize(works, job.vae_batch_size)) {
      if (plan.stopped()) break;
      for (const { image, augmentation, moments, key } of await momentsOf(plan, cache, encoder, group, failed)) {
        const variants = latents.get(image) ?? [];
        variants[augmentation.flipped ? 1 : 0] = scaledBy(sampleLatents(moments, key, seed), scalingFactor);
        latents.set(image, variants);
      }
      done += group.length;
      report({ kind: 'progress', state: 'caching', done, total: works.length });
    }
    usable = usable.filter((image) => !failed.has(image));
  }

  return {
    images: usable,
    batch: (batch) => {
      const flips = batch.samples.map((sample) =>
        augmentationOf(sample, imageOf(usable, sample.image), augmentation(plan)),
      );
      const parts = batch.samples.map((sample, index) =>
        must(latents.get(imageOf(usable, sample.image))?.[flips[index]?.flipped ? 1 : 0], 'cached latents'),
      );
      return Promise.resolve({ latents: stack(parts), flipped: flips.map(({ flipped }) => flipped) });
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** What is not kept in memory, because its latents are. */
const FORGETFUL: LatentsCache = { get: () => Promise.resolve(undefined), put: () => Promise.resolve() };

const augmentation = ({ job, seed }: LatentPlan) => augmentationOptionsOf(job, seed);

const imageOf = (images: readonly DatasetImage[], index: number): DatasetImage => must(images[index], 'a picture');

/** Every picture that an epoch shows, and its mirror image where flips are on. */
async function worksOf(files: Files, job: Job, images: readonly DatasetImage[], vae: string): Promise<readonly Work[]> {
  const repeats = epochRepeats(images);
  const works: Work[] = [];
  for (const [index, image] of images.entries()) {
    if (repeats[index] === 0) continue;
    const content = await files.sha256(image.path);
    for (const flipped of job.flip_aug ? [false, true] : [false]) {
      const augmentation = { flipped, crop: centreCrop(image.placement) };
      works.push({ image, augmentation, key: latentKey(content, image, augmentation, vae) });
    }
  }
  return works;
}

/** Neighbours of one bucket, as many as are encoded at once. */
function groupsOfOneSize(works: readonly Work[], size: number): readonly (readonly Work[])[] {
  const groups: Work[][] = [];
  for (const work of works) {
    const last = groups.at(-1);
    const bucket = ({ image }: Work): string => JSON.stringify(image.placement.bucket);
    if (last?.[0] !== undefined && last.length < size && bucket(last[0]) === bucket(work)) last.push(work);
    else groups.push([work]);
  }
  return groups;
}

type Encoded = Work & { readonly moments: LatentMoments };

async function momentsOf(
  plan: LatentPlan,
  cache: LatentsCache,
  encoder: VaeEncoder,
  group: readonly Work[],
  failed: Set<DatasetImage>,
): Promise<readonly Encoded[]> {
  const found: Encoded[] = [];
  const missing: (Work & { readonly pixels: F32Tensor })[] = [];
  for (const work of group) {
    const moments = await cache.get(work.key);
    if (moments !== undefined) found.push({ ...work, moments });
    else if (!failed.has(work.image)) {
      const pixels = await loadOrLeaveOut(plan, work.image, work.augmentation);
      if (pixels === undefined) failed.add(work.image);
      else missing.push({ ...work, pixels });
    }
  }
  if (missing.length === 0) return found;
  const encoded = await encoder.encode(missing.map(({ pixels }) => pixels));
  for (const [index, work] of missing.entries()) {
    const moments = must(encoded[index], 'what the encoder made');
    await cache.put(work.key, moments);
    found.push({ ...work, moments });
  }
  return found;
}

async function loadOrLeaveOut(
  { machine, report }: LatentPlan,
  image: DatasetImage,
  { crop, flipped }: Augmentation,
): Promise<F32Tensor | undefined> {
  try {
    return pixelsOf(await machine.pictures.load(image.path, image.placement.resized, crop), flipped);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { what, fix } = error.report;
    report({ kind: 'warning', what: `Left out: ${what}`, where: image.path, fix });
    return undefined;
  }
}

async function encodeWhenNeeded(plan: LatentPlan): Promise<LatentSource> {
  const { images, report, checkpoint, seed } = plan;
  const { scalingFactor } = checkpoint.vae.config;
  report({ kind: 'state', state: 'caching', message: `Checking ${images.length} pictures` });
  const usable: DatasetImage[] = [];
  for (const [index, image] of images.entries()) {
    const crop = centreCrop(image.placement);
    if ((await loadOrLeaveOut(plan, image, { crop, flipped: false })) !== undefined) usable.push(image);
    report({ kind: 'progress', state: 'caching', done: index + 1, total: images.length });
  }
  const encoder = encoderFor(plan);
  return {
    images: usable,
    batch: async ({ samples }) => {
      const augmentations = samples.map((sample) =>
        augmentationOf(sample, imageOf(usable, sample.image), augmentation(plan)),
      );
      const pixels: F32Tensor[] = [];
      for (const [index, sample] of samples.entries()) {
        const { placement, path } = imageOf(usable, sample.image);
        const { crop, flipped } = must(augmentations[index], 'how it is cut');
        pixels.push(pixelsOf(await plan.machine.pictures.load(path, placement.resized, crop), flipped));
      }
      const moments = await encoder.encode(pixels);
      // Each visit draws anew, as in sd-scripts.
      const drawn = moments.map((each, index) =>
        drawLatents(each, createGenerator(deriveSeed(seed, 'latents', must(samples[index], 'a sample').position))),
      );
      return {
        latents: stack(drawn.map((each) => scaledBy(each, scalingFactor))),
        flipped: augmentations.map(({ flipped }) => flipped),
      };
    },
    [Symbol.asyncDispose]: async () => encoder[Symbol.asyncDispose](),
  };
}

function encoderFor({ machine, checkpoint, job, images }: LatentPlan): VaeEncoder {
  const buckets = images.map(({ placement }) => placement.bucket);
  const [largest] = buckets.toSorted((a, b) => b.width * b.height - a.width * a.height);
  const B = job.cache_latents ? job.vae_batch_size : job.train_batch_size;
  return openVaeEncoder(machine.executor, checkpoint, { B, H: largest?.height ?? 8, W: largest?.width ?? 8 });
}

const scaledBy = ({ shape, data }: F32Tensor, factor: number): F32Tensor =>
  f32(
    shape,
    data.map((value) => value * factor),
  );

/** Stands for the weights of the VAE, wherever they lie. */
async function vaeFingerprint({ files, sha256 }: Machine, { vae }: Checkpoint): Promise<string> {
  const parts: unknown[] = [vae.config];
  for (const [name, { file, offset, byteLength, dtype }] of vae.weights) {
    parts.push([name, dtype, await files.sha256(file, offset, byteLength)]);
  }
  return fingerprint(sha256, parts);
}
