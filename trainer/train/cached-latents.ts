/**
 * Latents that are cached: every picture is encoded once, before the first step. With cache_latents_to_disk, what does not
 * fit into a share of memory stays on disk alone.
 */
import type { Job } from '../api/job/index.ts';
import { must, UserError } from '../base/errors.ts';
import type { Files } from '../base/ports.ts';
import type { F32Tensor } from '../base/tensor.ts';
import type { Augmentation } from '../data/augment.ts';
import { epochRepeats } from '../data/batches.ts';
import { centreCrop } from '../data/buckets.ts';
import type { DatasetImage } from '../data/dataset.ts';
import {
  diskLatentsCache,
  latentKey,
  sampleLatents,
  type LatentKey,
  type LatentMoments,
  type LatentsCache,
} from '../data/latents-cache.ts';
import { plural } from '../data/report.ts';
import type { Checkpoint } from '../formats/checkpoint/types.ts';
import {
  augmentationAt,
  encoderFor,
  imageOf,
  loadOrLeaveOut,
  scaledBy,
  type LatentPlan,
  type LatentSource,
} from './latent-source.ts';
import type { Machine } from './machine.ts';
import { fingerprint } from './state.ts';
import { stack, type VaeEncoder } from './vae-encoder.ts';

const KEPT_BYTES = 2 ** 30;

/** Where cache_latents_to_disk keeps its files: beside the runs, so that they share it. */
export const latentsFolder = (files: Files, { output_dir }: Pick<Job, 'output_dir'>): string =>
  files.join(files.resolve(output_dir), 'latents-cache');

interface Work {
  readonly image: DatasetImage;
  readonly augmentation: Augmentation;
  readonly key: LatentKey;
}

/** Latents, or where memory is full, what finds them on disk. */
type Known = F32Tensor | Work;

/** By picture: as it is, and mirrored. */
type KnownLatents = ReadonlyMap<DatasetImage, readonly Known[]>;

export async function cachedLatents(plan: LatentPlan): Promise<LatentSource> {
  const { machine, job } = plan;
  const cache = job.cache_latents_to_disk
    ? diskLatentsCache(machine.files, latentsFolder(machine.files, job))
    : NO_CACHE;
  const { usable, latents } = await encodeAll(plan, cache);
  return {
    images: usable,
    batch: async ({ samples }) => {
      const flipped: boolean[] = [];
      const parts: F32Tensor[] = [];
      for (const sample of samples) {
        const image = imageOf(usable, sample.image);
        const flip = augmentationAt(plan, sample, image).flipped;
        const known = must(latents.get(image)?.[flip ? 1 : 0], 'cached latents');
        flipped.push(flip);
        parts.push('key' in known ? await readAgain(plan, cache, known) : known);
      }
      return { latents: stack(parts), flipped };
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function encodeAll(
  plan: LatentPlan,
  cache: LatentsCache,
): Promise<{ readonly usable: readonly DatasetImage[]; readonly latents: KnownLatents }> {
  const { machine, job, checkpoint, images, report, kept = KEPT_BYTES } = plan;
  const vae = job.cache_latents_to_disk ? await vaeFingerprint(machine, checkpoint) : 'this run';
  await using encoder = encoderFor(plan);
  const latents = new Map<DatasetImage, Known[]>();
  const failed = new Set<DatasetImage>();
  let bytes = 0;

  // A picture that fails may bring in a regularisation picture that was not needed before.
  let usable = images;
  for (;;) {
    const works = await worksOf(machine.files, job, usable, vae, (image) => latents.has(image));
    if (works.length === 0 || plan.stopped()) return { usable, latents };
    report({ kind: 'state', state: 'caching', message: `Encoding ${plural(works.length, 'picture')}` });
    let done = 0;
    for (const group of groupsOfOneSize(works, job.vae_batch_size)) {
      if (plan.stopped()) break;
      for (const encoded of await momentsOf(plan, cache, encoder, group, failed)) {
        const { image, augmentation, key, moments } = encoded;
        bytes += moments.mean.data.byteLength;
        const inMemory = !job.cache_latents_to_disk || bytes <= kept;
        const variants = latents.get(image) ?? [];
        variants[augmentation.flipped ? 1 : 0] = inMemory ? latentsOf(plan, encoded) : { image, augmentation, key };
        latents.set(image, variants);
      }
      done += group.length;
      report({ kind: 'progress', state: 'caching', done, total: works.length });
    }
    usable = usable.filter((image) => !failed.has(image));
  }
}

const latentsOf = ({ seed, checkpoint }: LatentPlan, { key, moments }: Encoded): F32Tensor =>
  scaledBy(sampleLatents(moments, key, seed), checkpoint.vae.config.scalingFactor);

/** From disk; encoded once more where somebody has removed the file. */
async function readAgain(plan: LatentPlan, cache: LatentsCache, work: Work): Promise<F32Tensor> {
  await using encoder = encoderFor(plan);
  const [found] = await momentsOf(plan, cache, encoder, [work], new Set());
  if (found === undefined) throw goneDuringRun(work.image);
  return latentsOf(plan, found);
}

const goneDuringRun = ({ path }: DatasetImage): UserError =>
  new UserError({
    code: 'file/unreadable',
    what: 'The picture and its cached latents have gone or changed while the run went on',
    where: path,
    fix: 'Put the picture back, and go on with --resume.',
  });

/** Without cache_latents_to_disk: the latents are in memory, so what they were drawn from is not needed again. */
const NO_CACHE: LatentsCache = { get: () => Promise.resolve(undefined), put: () => Promise.resolve() };

/** Every picture that an epoch shows and is not known yet, and its mirror image where flips are on. */
async function worksOf(
  files: Files,
  job: Job,
  images: readonly DatasetImage[],
  vae: string,
  known: (image: DatasetImage) => boolean,
): Promise<readonly Work[]> {
  const repeats = epochRepeats(images);
  const works: Work[] = [];
  for (const [index, image] of images.entries()) {
    if (repeats[index] === 0 || known(image)) continue;
    const content = await files.sha256(image.path);
    for (const flipped of job.flip_aug ? [false, true] : [false]) {
      const augmentation = { flipped, crop: centreCrop(image.placement) };
      works.push({ image, augmentation, key: latentKey(content, image, augmentation, vae) });
    }
  }
  return works;
}

/** Pictures of one bucket, as many as are encoded at once. */
function groupsOfOneSize(works: readonly Work[], size: number): readonly (readonly Work[])[] {
  const buckets = new Map<string, Work[]>();
  for (const work of works) {
    const { width, height } = work.image.placement.bucket;
    const key = `${width}x${height}`;
    const bucket = buckets.get(key) ?? [];
    bucket.push(work);
    buckets.set(key, bucket);
  }
  return [...buckets.values()].flatMap((bucket) =>
    Array.from({ length: Math.ceil(bucket.length / size) }, (_, i) => bucket.slice(i * size, (i + 1) * size)),
  );
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

/** Stands for the weights of the VAE, wherever they lie. */
async function vaeFingerprint({ files, sha256 }: Machine, { vae }: Checkpoint): Promise<string> {
  const parts: unknown[] = [vae.config];
  for (const [name, { file, offset, byteLength, dtype }] of vae.weights) {
    parts.push([name, dtype, await files.sha256(file, offset, byteLength)]);
  }
  return fingerprint(sha256, parts);
}
