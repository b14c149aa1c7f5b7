/**
 * One batch as the feeds of one pass: its latents and captions, and what is drawn for it. Every draw has a stream of its
 * own by the pass's number in the run (the law of seeds, base/random.ts).
 */
import type { Job } from '../api/job/index.ts';
import { must } from '../base/errors.ts';
import { createGenerator, deriveSeed, type Generator, type SeedConsumer } from '../base/random.ts';
import { captionOf, type Batch } from '../data/batches.ts';
import { sizeCondition } from '../data/buckets.ts';
import { f32 } from '../base/tensor.ts';
import type { DatasetImage } from '../data/dataset.ts';
import { captionOptionsOf } from '../data/options.ts';
import { drawTimesteps, drawTrainingNoise } from '../diffusion/training-noise.ts';
import type { Feeds } from '../exec/executor.ts';
import { drawMasks, type LoraDropout } from '../lora/dropout.ts';
import type { LatentSource } from './latent-source.ts';
import { noiseSettings } from './noise-and-loss.ts';
import { passRows, picked } from './preservation.ts';
import { passFeeds, type TimestepTables } from './step-feeds.ts';
import type { StepGraph } from './step-graph.ts';
import type { TextSource } from './text-source.ts';

/** Where in the run a pass is. */
export interface PassPlace {
  /** Passes of the run before this one. */
  readonly pass: number;
  /** From 1. */
  readonly epoch: number;
  /** Optimizer steps done. */
  readonly stepsDone: number;
  readonly totalSteps: number;
}

export interface PassSources {
  readonly job: Job;
  readonly seed: number;
  readonly images: readonly DatasetImage[];
  readonly latents: LatentSource;
  readonly text: TextSource;
  readonly tables: TimestepTables;
}

export const dropoutOf = ({ network_dropout, network_args }: Job): LoraDropout => ({
  ...(network_dropout === undefined ? {} : { network: network_dropout }),
  ...(network_args.rank_dropout === undefined ? {} : { rank: network_args.rank_dropout }),
  ...(network_args.module_dropout === undefined ? {} : { module: network_args.module_dropout }),
});

export async function feedsOfBatch(
  { job, seed, images, latents: source, text, tables }: PassSources,
  step: StepGraph,
  batch: Batch,
  place: PassPlace,
): Promise<Feeds> {
  const stream = (consumer: SeedConsumer): Generator => createGenerator(deriveSeed(seed, consumer, place.pass));
  const pictures = batch.samples.map(({ image }) => must(images[image], 'a picture'));
  const captions = batch.samples.map((sample, index) =>
    captionOf(sample, must(pictures[index], 'a picture'), captionOptionsOf(job), {
      seed,
      epoch: place.epoch,
      step: place.stepsDone,
      totalSteps: place.totalSteps,
    }),
  );
  const { latents, flipped } = await source.batch(batch);
  const [samples = 0, channels = 0, height = 0, width = 0] = latents.shape;
  const shape = { samples, channels, height, width };
  const noise = drawTrainingNoise(stream('noise'), latents.data, shape, noiseSettings(job));
  const timesteps = drawTimesteps(
    stream('timesteps'),
    samples,
    job.min_timestep,
    Math.min(job.max_timestep, tables.lossWeights.length),
  );
  const sizes = pictures.map((picture, index) => sizeCondition(picture, batch.bucket, flipped[index] === true));
  const rows = passRows(job, pictures, captions);
  const B = rows.length;
  const ofRows = (values: Float32Array): Float32Array => picked(values, rows, samples);
  return {
    ...passFeeds(step.spec.unet, tables, {
      latents: f32([B, channels, height, width], ofRows(latents.data)),
      noise: ofRows(noise.target),
      ...(step.spec.inputPerturbation === true ? { inputNoise: ofRows(noise.input) } : {}),
      timesteps: Int32Array.from(rows, ({ sample }) => must(timesteps[sample], 'a timestep')),
      ownWeights: rows.map(({ weight }) => weight),
      ...(step.spec.frozenTarget === true ? { preserved: rows.map(({ preserved }) => preserved) } : {}),
      text: await text.feeds(rows.map(({ caption }) => caption)),
      ...(step.spec.unet.addition === undefined ? {} : { sizes: rows.flatMap(({ sample }) => sizes[sample] ?? []) }),
    }),
    ...drawMasks(step.masks, dropoutOf(job), { B, h: height, w: width }, stream('dropout')),
  };
}
