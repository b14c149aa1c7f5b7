/**
 * Fine-tuning: the UNet and the text encoder themselves, together or alone, from a checkpoint or from scratch.
 *
 * From scratch means: a checkpoint of random weights is written into the run's folder first, and then trained like any
 * other.
 */
import type { WarningEvent } from '../../api/events.ts';
import { trainsTextEncoder, trainsUnet, type Job } from '../../api/job/index.ts';
import { must } from '../../base/errors.ts';
import type { Files } from '../../base/ports.ts';
import { writeInitialCheckpoint } from '../../formats/checkpoint/initial.ts';
import { partsIn } from '../../formats/checkpoint/networks.ts';
import type { Checkpoint, Layout, WeightRef } from '../../formats/checkpoint/types.ts';
import { checkTarget, writeCheckpoint } from '../../formats/checkpoint/write.ts';
import { readTensor } from '../../formats/safetensors/read.ts';
import { UNET } from '../../models/unet/unet.ts';
import { VAE } from '../../models/vae/vae.ts';
import { layOut, viewOf, type ParameterEntry, type ParameterLayout } from '../../optim/parameters.ts';
import { bucketMultiple } from '../family-rules.ts';
import type { MethodPlan, MethodRequest } from '../method.ts';
import { modelspecOf } from '../modelspec.ts';
import { claimRunFolder } from '../run-folder.ts';
import { hasFrozenTarget } from '../preservation.ts';
import { captionWarnings, numbersIn, openBase, openDiffusion, type DiffusionBase } from './diffusion.ts';
import { BYTES_OF_PRECISION, DTYPE_OF_PRECISION } from './precision.ts';

export async function planFinetune(request: MethodRequest): Promise<MethodPlan> {
  const { machine, job, places } = request;
  const { files, clock, tokenizer } = machine;
  const base = await openStart(request);
  const { checkpoint, prediction, noiseSchedule } = base;
  const saved = layoutOfSaves(job, checkpoint);
  const extension = saved === 'ldm' ? '.safetensors' : '';
  const target = files.join(places.folder, `${job.output_name}${extension}`);
  await checkTarget(files, target, { source: checkpoint, layout: saved });

  const weights = trainedWeights(job, checkpoint);
  const layout = layOut(weights.map(({ name, part, ref: { shape } }) => ({ name, part, shape })));
  const byName = new Map(layout.entries.map((entry) => [entry.name, entry]));
  const numbers = numbersIn(checkpoint);
  const textInside = layout.parts.some(({ part }) => part !== UNET);
  return {
    layout,
    initial: () => valuesOf(files, weights, layout),
    identity: layout.entries.map(({ name, shape }) => [name, shape]),
    title: titleOf(layout),
    frozen: hasFrozenTarget(job) ? numbers : numbers - layout.size,
    startBytes: job.model_config === undefined ? 0 : numbers * BYTES_OF_PRECISION.float,
    fileBytes: numbers * BYTES_OF_PRECISION[job.save_precision],
    extension,
    bucketMultiple: bucketMultiple(checkpoint.family),
    warnings: [...base.warnings, ...scratchWarnings(job)],
    checkImages: (images) => captionWarnings(machine, job, checkpoint, images),
    open: (context) =>
      openDiffusion(context, base, () => ({
        choices: { modules: [], trained: (name) => byName.has(name), textInside },
        drawnWith: (values) => ({ loras: [], trained: { layout, values } }),
        write: (path, values) =>
          writeCheckpoint(files, path + extension, {
            source: checkpoint,
            trained: (name) => {
              const entry = byName.get(name);
              return entry === undefined ? undefined : viewOf(values, entry);
            },
            layout: saved,
            dtype: DTYPE_OF_PRECISION[job.save_precision],
            scheduler: { noiseSchedule, predictionType: prediction },
            metadata: job.no_metadata ? {} : modelspecOf({ job, checkpoint, prediction }, clock.now(), 'checkpoint'),
            tokenizerFiles: tokenizer.vocabularyFiles(),
          }),
      })),
  };
}

/** What is trained: a checkpoint of the user, or one of random numbers, which then is in the run's folder. */
async function openStart({ machine, job, seed, places, resume }: MethodRequest): Promise<DiffusionBase> {
  const { model_config: configFolder, vae, ...rest } = job;
  if (configFolder === undefined)
    return openBase(machine, job, must(job.pretrained_model_name_or_path, 'a checkpoint'));
  const path = machine.files.join(places.folder, 'initial');
  const isThere = resume && (await machine.files.status(path)) !== undefined;
  if (!isThere) {
    const claim = (bytes: number): Promise<void> => claimRunFolder(machine.files, places, bytes);
    const start = { configFolder, seed, claim, ...(vae === undefined ? {} : { vae }) };
    await writeInitialCheckpoint(machine.files, path, start);
  }
  // The VAE is part of it by now: whatever becomes of the file, the run goes on with what it began with.
  return openBase(machine, { ...rest, model_config: configFolder, vae: undefined }, path);
}

function scratchWarnings(job: Job): readonly WarningEvent[] {
  if (job.model_config === undefined || trainsTextEncoder(job)) return [];
  const what =
    'The text encoder starts from random numbers and is not trained, so it will tell words apart but know nothing of them';
  const fix = 'Set text_encoder_lr above 0 and remove network_train_unet_only, unless that is meant.';
  return [{ kind: 'warning', what, where: job.model_config, fix }];
}

const layoutOfSaves = ({ save_model_as: as, model_config: config }: Job, { layout }: Checkpoint): Layout => {
  if (as === undefined) return config === undefined ? layout : 'diffusers';
  return as === 'safetensors' ? 'ldm' : 'diffusers';
};

interface TrainedWeight {
  readonly name: string;
  readonly part: string;
  readonly ref: WeightRef;
}

function trainedWeights(job: Job, checkpoint: Checkpoint): readonly TrainedWeight[] {
  const isTrained = (part: string): boolean =>
    part === UNET ? trainsUnet(job) : part !== VAE && trainsTextEncoder(job);
  return [...partsIn(checkpoint)]
    .filter(([part]) => isTrained(part))
    .flatMap(([part, weights]) => [...weights].map(([name, ref]) => ({ name: `${part}/${name}`, part, ref })));
}

async function valuesOf(
  files: Files,
  weights: readonly TrainedWeight[],
  layout: ParameterLayout<ParameterEntry>,
): Promise<Float32Array> {
  const values = new Float32Array(layout.size);
  for (const [index, entry] of layout.entries.entries()) {
    viewOf(values, entry).set(await readTensor(files, must(weights[index], 'a weight').ref));
  }
  return values;
}

function titleOf({ parts }: ParameterLayout): string {
  const hasUnet = parts.some(({ part }) => part === UNET);
  const hasText = parts.some(({ part }) => part !== UNET);
  return hasUnet && hasText ? 'UNet and text encoder' : hasUnet ? 'UNet' : 'Text encoder';
}
