/**
 * Training of the autoencoder between pictures and latents: from a checkpoint's, or from scratch.
 *
 * What is saved is a VAE that the job setting `vae` takes. From scratch, its latents are shifted and scaled so that the
 * numbers which a UNet sees have mean 0 and deviation 1, as measured on the pictures; those of a checkpoint's VAE stay
 * where the UNets that know them expect them.
 */
import type { LogEvent, WarningEvent } from '../../api/events.ts';
import type { Job } from '../../api/job/index.ts';
import { must, UserError } from '../../base/errors.ts';
import type { Files } from '../../base/ports.ts';
import { createGenerator, deriveSeed } from '../../base/random.ts';
import { f32, type F32Tensor } from '../../base/tensor.ts';
import type { DatasetImage } from '../../data/dataset.ts';
import { plural } from '../../data/report.ts';
import { foldLatentMoments } from '../../formats/checkpoint/fold-latents.ts';
import type { Layout, Part } from '../../formats/checkpoint/types.ts';
import { checkVaeTarget, writeVae } from '../../formats/checkpoint/write.ts';
import { CELL, type Family, type VaeConfig } from '../../formats/configs.ts';
import { readTensor } from '../../formats/safetensors/read.ts';
import { discriminatorInitial, leastSide } from '../../models/vae/patch-discriminator.ts';
import { VAE } from '../../models/vae/vae.ts';
import { layOut, viewOf, type ParameterLayout } from '../../optim/parameters.ts';
import { autoencoderEntries, cellOf, isOfEncoder, type AutoencoderSpec } from '../autoencoder/autoencoder-graph.ts';
import { compileAutoencoderStep } from '../autoencoder/autoencoder-program.ts';
import { measureLatents, type LatentMeasurement } from '../autoencoder/measure.ts';
import { autoencoderFeeds, openPixels, type PixelSource } from '../autoencoder/pixel-batches.ts';
import { drawReconstructions } from '../autoencoder/reconstructions.ts';
import { readVaeValues, type VaeValues } from '../autoencoder/reconstructor.ts';
import { openStartingVae } from '../autoencoder/starting-vae.ts';
import type { MethodPlan, MethodRequest, MethodStep, OpenMethod, RunContext, SampleMoment } from '../method.ts';
import { sampleIsDue, sampleTimes, withoutEnding } from '../preview.ts';
import { DTYPE_OF_PRECISION, BYTES_OF_PRECISION } from './precision.ts';

export async function planAutoencoder(request: MethodRequest): Promise<MethodPlan> {
  const { machine, job, seed, places } = request;
  const { files } = machine;
  const { config, weights, family } = await openStartingVae(request);
  const spec = specOf(job, config);
  const layout = layOut(autoencoderEntries(spec));
  const frozen = job.freeze_encoder ? await readVaeValues(files, weights, isOfEncoder) : new Map<string, F32Tensor>();
  const frozenSize = [...frozen.values()].reduce((sum, { data }) => sum + data.length, 0);
  const saved: Layout = job.save_model_as === 'safetensors' ? 'ldm' : 'diffusers';
  const extension = saved === 'ldm' ? '.safetensors' : '';
  const target = files.join(places.folder, job.output_name + extension);
  await checkVaeTarget(files, target, { config, layout: saved, family });
  const ofVae = must(
    layout.parts.find(({ part }) => part === VAE),
    'the VAE',
  );
  return {
    layout,
    initial: () => initialValues(files, layout, weights, seed),
    identity: [layout.entries.map(({ name, shape }) => [name, shape]), spec],
    title: titleOf(spec),
    frozen: frozenSize,
    startBytes: job.model_config === undefined ? 0 : ofVae.size * BYTES_OF_PRECISION.float,
    fileBytes: (ofVae.size + frozenSize) * BYTES_OF_PRECISION[job.save_precision],
    extension,
    bucketMultiple: cellOf(config),
    warnings: job.model_config === undefined && !job.freeze_encoder ? [OTHER_LATENTS] : [],
    checkImages: (images) => checkSizes(job, images),
    open: (context) => openAutoencoder(context, { spec, layout, frozen, saved, extension, family }),
  };
}

const titleOf = ({ frozenEncoder, discriminator }: AutoencoderSpec): string =>
  `${frozenEncoder === true ? 'Decoder' : 'Autoencoder'}${discriminator === undefined ? '' : ' and discriminator'}`;

const OTHER_LATENTS: WarningEvent = {
  kind: 'warning',
  what: 'An autoencoder that is trained on makes other latents than before, and a UNet that was made for the old ones does not know them',
  fix: 'Train the decoder alone with freeze_encoder = true, or train a UNet with the new one after that (method = "finetune" with vae), or keep the old one for the models that were made for it.',
};

/**
 * @throws {UserError} run/small-pictures if a picture is too small for the discriminator
 */
function checkSizes(
  { disc_weight: weight, disc_layers: layers }: Job,
  images: readonly DatasetImage[],
): readonly never[] {
  if (weight === undefined) return [];
  const least = leastSide({ layers });
  const shortSide = ({ placement: { bucket } }: DatasetImage): number => Math.min(bucket.width, bucket.height);
  const small = images.filter((image) => shortSide(image) < least);
  const [smallest] = small.toSorted((a, b) => shortSide(a) - shortSide(b));
  if (smallest === undefined) return [];
  const { width, height } = smallest.placement.bucket;
  const fitting = Math.floor(Math.log2(shortSide(smallest) / leastSide({ layers: 0 })));
  const fewer = fitting < 1 ? 'Turn the discriminator off with disc_weight = 0' : `Set disc_layers = ${fitting}`;
  throw new UserError({
    code: 'run/small-pictures',
    what: `The discriminator with disc_layers = ${layers} needs pictures of ${least}x${least} pixels or more, but this one is trained at ${width}x${height}${small.length === 1 ? '' : `, and ${plural(small.length - 1, 'other')} ${small.length === 2 ? 'is' : 'are'} too small too`}`,
    where: smallest.path,
    fix: `${fewer}, raise resolution and min_bucket_reso, or take such pictures away.`,
    details: { least, width, height, pictures: small.length },
  });
}

const specOf = (job: Job, vae: VaeConfig): AutoencoderSpec => ({
  vae,
  reconstruction: job.reconstruction_loss,
  averaging: job.loss_averaging,
  klWeight: job.kl_weight,
  learnedLogVariance: job.learned_logvar,
  ...(job.freeze_encoder ? { frozenEncoder: true } : {}),
  ...(job.disc_weight === undefined
    ? {}
    : { discriminator: { weight: job.disc_weight, channels: job.disc_channels, layers: job.disc_layers } }),
});

async function initialValues(
  files: Files,
  layout: ParameterLayout,
  weights: Part<VaeConfig>['weights'],
  seed: number,
): Promise<Float32Array> {
  const values = new Float32Array(layout.size);
  const generator = createGenerator(deriveSeed(seed, 'initialisation'));
  for (const entry of layout.entries) {
    const [part = '', name = ''] = splitAtSlash(entry.name);
    if (part === VAE) viewOf(values, entry).set(await readTensor(files, must(weights.get(name), entry.name)));
    else if (part === 'discriminator') viewOf(values, entry).set(discriminatorInitial(name, entry.shape, generator));
  }
  return values;
}

const splitAtSlash = (name: string): readonly string[] => {
  const slash = name.indexOf('/');
  return [name.slice(0, slash), name.slice(slash + 1)];
};

interface Trained {
  readonly spec: AutoencoderSpec;
  readonly layout: ParameterLayout;
  readonly frozen: VaeValues;
  readonly saved: Layout;
  readonly extension: string;
  readonly family: Family;
}

async function openAutoencoder(context: RunContext, trained: Trained): Promise<OpenMethod> {
  const { machine, job, seed, dataset, report, stop } = context;
  const stopped = (): boolean => stop.wanted !== 'no';
  const pixels = await openPixels({ machine, job, seed, images: dataset.images, report, stopped });
  return {
    images: pixels.images,
    compile: ({ B, h, w }) => openStep(context, trained, pixels, { B: B ?? 1, H: CELL * (h ?? 1), W: CELL * (w ?? 1) }),
    write: (path, values) => writeTrained(context, trained, pixels, path, values),
    drawSamples: sampleDrawer(context, trained, pixels),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function openStep(
  { machine, job, seed }: RunContext,
  { spec, frozen }: Trained,
  pixels: PixelSource,
  largest: { readonly B: number; readonly H: number; readonly W: number },
): Promise<MethodStep> {
  const program = await compileAutoencoderStep(machine.executor, spec, largest, frozen);
  return {
    parameters: program.parameters,
    learning: new Set(program.parameters.keys()),
    feeds: async (batch, { pass, stepsDone }) => {
      const { pixels: pictures } = await pixels.batch(batch);
      const discriminatorFactor = stepsDone < job.disc_start ? 0 : 1;
      return autoencoderFeeds(spec, { pixels: pictures, seed, pass, discriminatorFactor });
    },
    run: (feeds) => program.run(feeds),
    [Symbol.asyncDispose]: async () => program[Symbol.asyncDispose](),
  };
}

async function writeTrained(
  { machine: { executor, files }, job, report }: RunContext,
  trained: Trained,
  pixels: PixelSource,
  path: string,
  values: Float32Array,
): Promise<void> {
  const { spec, saved, extension, family } = trained;
  const { vae: config } = spec;
  const weights = weightsOf(trained, values);
  const measured = await measureLatents(executor, config, weights, spread(pixels, MEASURED));
  const plain = (name: string): Float32Array => must(weights.get(name), name).data;
  const isFinite = [...measured.mean, ...measured.deviation].every(Number.isFinite);
  report(isFinite ? qualityOf(measured) : NOT_FINITE);
  const isMoved = isFinite && job.model_config !== undefined;
  const folded: ReadonlyMap<string, Float32Array> = isMoved
    ? foldLatentMoments({ ...measured, scalingFactor: config.scalingFactor }, plain)
    : new Map();
  await writeVae(files, path + extension, {
    config,
    weights: (name) => folded.get(name) ?? plain(name),
    layout: saved,
    dtype: DTYPE_OF_PRECISION[job.save_precision],
    family,
  });
}

const qualityOf = ({ pictures, psnr }: LatentMeasurement): LogEvent => ({
  kind: 'log',
  message: `Reconstructions of ${plural(pictures, 'picture')}: ${psnr.toFixed(2)} dB`,
});

/** A run that is about to diverge: what it saves is the last state that can be looked at, not one to train with. */
const NOT_FINITE: WarningEvent = {
  kind: 'warning',
  what: 'The latents of this autoencoder are not finite numbers, so it is saved as it is',
  fix: 'Do not train with this one: take an earlier save, or start anew with a lower learning_rate.',
};

const weightsOf = ({ layout, frozen }: Trained, values: Float32Array): VaeValues => {
  const ofVae = layout.entries.filter(({ part }) => part === VAE);
  const trained = ofVae.map((entry) => [entry.name, f32(entry.shape, viewOf(values, entry))] as const);
  return new Map([...frozen, ...trained]);
};

/** Enough for means that no longer move. */
const MEASURED = 256;
/** Pairs of a sheet. */
const SHOWN = 16;

/** Pictures from all over the dataset, whose order is that of folders and names. */
async function* spread(pixels: PixelSource, most: number): AsyncGenerator<F32Tensor, void> {
  const count = Math.min(most, pixels.images.length);
  for (let index = 0; index < count; index++) {
    yield await pixels.plain(Math.floor((index * pixels.images.length) / count));
  }
}

/** Sheets of pictures beside their reconstructions; the job's prompts have no part in it. What fails is a warning. */
function sampleDrawer(context: RunContext, trained: Trained, pixels: PixelSource): OpenMethod['drawSamples'] {
  const { job, report } = context;
  return async (values, moment) => {
    if (!sampleIsDue(sampleTimes(job), moment)) return;
    report({ kind: 'state', state: 'sampling', message: 'Drawing reconstructions' });
    await withoutEnding(report, () => drawSheet(context, trained, pixels, values, moment));
    report({ kind: 'state', state: 'training', message: 'Training goes on' });
  };
}

async function drawSheet(
  { machine: { executor, files, pictures }, seed, places, report }: RunContext,
  trained: Trained,
  pixels: PixelSource,
  values: Float32Array,
  { step }: SampleMoment,
): Promise<void> {
  const shown: F32Tensor[] = [];
  for await (const picture of spread(pixels, SHOWN)) shown.push(picture);
  const sheet = await drawReconstructions(executor, trained.spec.vae, weightsOf(trained, values), shown);
  await files.makeFolder(places.samples);
  const file = files.join(places.samples, `${String(step).padStart(6, '0')}_reconstructions.png`);
  await files.write(file, await pictures.encodePng(sheet, {}));
  report({ kind: 'sample', file, step, promptIndex: 0, prompt: 'reconstructions', seed });
}
