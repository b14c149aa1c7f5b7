/**
 * Does the steps of a training trace again, with the graph, the optimizer and the clipping of a real run, and says how
 * far the numbers are from sd-scripts'.
 */
import type { Job } from '../api/job/index.ts';
import { must, UserError } from '../base/errors.ts';
import type { Files } from '../base/ports.ts';
import type { F32Tensor } from '../base/tensor.ts';
import type { Executor } from '../exec/executor.ts';
import { openCheckpoint } from '../formats/checkpoint/open.ts';
import { STABLE_DIFFUSION } from '../formats/checkpoint/scheduler-config.ts';
import type { Checkpoint } from '../formats/checkpoint/types.ts';
import { layoutLora, type LoraLayout } from '../lora/layout.ts';
import { parameterFeeds } from '../optim/parameters.ts';
import { capNorms } from '../lora/max-norm.ts';
import { loraModules, type LoraModule } from '../lora/modules.ts';
import { WINDOW } from '../models/clip/token-windows.ts';
import { END_OF_TEXT } from '../models/clip/vocabulary.ts';
import { latentMultiple } from '../models/unet/unet.ts';
import { clipFactor, gradientNorm } from '../optim/clip.ts';
import { createOptimizer } from '../optim/optimizers.ts';
import { agreementOf, valuesOf, type Agreement, type Repeated } from './agreement.ts';
import { findCheckpoint } from './checkpoint-folder.ts';
import { lossOf, sumGradients } from './gradients.ts';
import { baseRates, learningRates } from './learning-rates.ts';
import { sizesOf } from './network-of-job.ts';
import { openOptimizer } from './optimizer-run.ts';
import { timestepTables } from './noise-and-loss.ts';
import { noiseScheduleOf } from './schedule-of-job.ts';
import { passFeeds } from './step-feeds.ts';
import { compileStep, type StepChoices, type StepProgram } from './step-program.ts';
import { openTextEncoders, tokenFeeds, type Tokens } from './text-encoder-run.ts';
import { brokenTrace, listTraces, readTrace, type Trace } from './trace.ts';
import { readTraceSettings, type TraceSettings } from './trace-settings.ts';

export type ReplayResult =
  | ({ readonly case: string } & Agreement)
  | {
      readonly case: string;
      readonly status: 'unsupported';
      /** The settings that are not known here. */
      readonly settings: readonly string[];
    }
  | Broken;

/** It could not be read or repeated. */
interface Broken {
  readonly case: string;
  readonly status: 'broken';
  readonly code: string;
  readonly what: string;
  readonly where: string;
  readonly fix: string;
}

export interface ReplayTools {
  readonly files: Files;
  readonly executor: Executor;
  /** Holds a folder for each family. */
  readonly models: string;
}

/** Every case of a folder, one after the other, whatever becomes of the others. */
export async function* replayAll(tools: ReplayTools, traces: string): AsyncGenerator<ReplayResult> {
  const { files } = tools;
  for (const folder of await listTraces(files, traces)) {
    try {
      yield await replay(tools, await readTrace(files, folder));
    } catch (error) {
      yield { case: files.baseName(folder), status: 'broken', ...reportOf(error, folder) };
    }
  }
}

function reportOf(error: unknown, folder: string): Omit<Broken, 'case' | 'status'> {
  if (error instanceof UserError) {
    const { code, what, where, fix } = error.report;
    return { code, what, where: where ?? folder, fix };
  }
  const what = error instanceof Error ? error.message : String(error);
  return { code: 'internal', what, where: folder, fix: 'This is a mistake in LoRA Loom: report it with the case.' };
}

export async function replay(tools: ReplayTools, trace: Trace): Promise<ReplayResult> {
  const unsupported = (...names: readonly string[]): ReplayResult => ({
    case: trace.name,
    status: 'unsupported',
    settings: names,
  });
  const settings = readTraceSettings(trace);
  if (settings.unknown.length > 0) return unsupported(...settings.unknown);
  checkPasses(trace, settings);
  const { files, executor, models } = tools;
  const path = await findCheckpoint(files, files.join(models, trace.family));
  if (path === undefined) return unsupported(`family (no checkpoint in ${trace.family})`);
  const checkpoint = await openCheckpoint(files, path);
  const layout = layoutLora(modulesOfTrace(settings.job, checkpoint, trace));
  const [strange, ...others] = strangeMatrices(trace, layout);
  if (strange !== undefined)
    return unsupported(`network (${others.length + 1} matrices do not fit, such as ${strange})`);
  const found = await repeatSteps(executor, checkpoint, trace, layout, settings);
  return { case: trace.name, ...agreementOf(trace, found) };
}

/** A part whose learning rate is 0 may be in the file: sd-scripts makes its modules, but gives them to no optimizer. */
function modulesOfTrace(job: Job, checkpoint: Checkpoint, { initial }: Trace): readonly LoraModule[] {
  const rates = baseRates(job);
  const isLeftOut = { unet: job.network_train_text_encoder_only, text: job.network_train_unet_only };
  return loraModules(checkpoint, sizesOf(job)).filter(({ part, name }) => {
    if (part === 'unet' ? isLeftOut.unet : isLeftOut.text) return false;
    return rates[part] > 0 || initial.has(`${name}.lora_down.weight`);
  });
}

/** Matrices that the trace has and the settings do not make, or the other way round: an option that we misread. */
function strangeMatrices({ initial }: Trace, { entries }: LoraLayout): readonly string[] {
  const ours = new Set(entries.map(({ name }) => name));
  const theirs = [...initial.keys()].filter((name) => name.endsWith('.weight'));
  return [
    ...theirs.filter((name) => !ours.has(name)),
    ...entries.filter(({ name, size }) => initial.get(name)?.data.length !== size).map(({ name }) => name),
  ];
}

/** @throws {UserError} trace/broken if the trace cannot be what it says it is */
function checkPasses(trace: Trace, { job, ownWeights }: TraceSettings): void {
  const passes = trace.steps * job.gradient_accumulation_steps;
  const windows = (trace.ids[0]?.length ?? 0) / WINDOW;
  const sameWindows = trace.ids.every((ids) => ids.length === windows * WINDOW);
  if (!sameWindows || !Number.isInteger(windows) || windows < 1) throw brokenTrace(trace.folder, 'input_ids');
  if (trace.losses.length !== passes) throw brokenTrace(trace.folder, `losses (${passes} of them)`);
  for (let pass = 0; pass < passes; pass++) {
    const { latents, noise, timesteps, captions } = recorded(trace, pass);
    const samples = timesteps.length;
    const fits =
      latents.shape[0] === samples &&
      noise.data.length === latents.data.length &&
      timesteps.every((timestep) => timestep >= 0 && timestep < 1000) &&
      captions.length === samples &&
      captions.every((caption) => trace.ids[caption] !== undefined) &&
      (ownWeights === undefined || ownWeights.length === samples);
    if (!fits) throw brokenTrace(trace.folder, `batch ${pass}`);
  }
}

function recorded({ batches, folder }: Trace, pass: number) {
  const tensor = (name: string): F32Tensor => {
    const found = batches.get(`${pass}.${name}`);
    if (found === undefined) throw brokenTrace(folder, `${pass}.${name} in batches.safetensors`);
    return found;
  };
  return {
    latents: tensor('latents'),
    noise: tensor('noise'),
    timesteps: Int32Array.from(tensor('timesteps').data),
    captions: [...tensor('caption').data],
  };
}

async function repeatSteps(
  executor: Executor,
  checkpoint: Checkpoint,
  trace: Trace,
  layout: LoraLayout,
  { job, optimizer: optimizerSettings, ownWeights, totalSteps }: TraceSettings,
): Promise<Repeated> {
  const prediction = job.v_parameterization === true ? 'v_prediction' : 'epsilon';
  const windows = must(trace.ids[0], 'a caption').length / WINDOW;
  const textInside = layout.modules.some(({ part }) => part !== 'unet');
  const tables = timestepTables(job, prediction, noiseScheduleOf(job, { noiseSchedule: STABLE_DIFFUSION }));
  const unet = checkpoint.unet.config;
  await using programs = openSteps(executor, checkpoint, {
    modules: layout.modules,
    prediction,
    textInside,
    windows,
    clipSkip: job.clip_skip,
    gradientCheckpointing: job.gradient_checkpointing,
  });
  await using encoders = openTextEncoders(executor, checkpoint, { windows, clipSkip: job.clip_skip });
  const { parameters } = await programs.of(recorded(trace, 0).latents);
  await using optimizer = await openOptimizer(executor, createOptimizer(optimizerSettings), {
    layout,
    reached: parameters,
  });
  const ratesAt = learningRates(job, totalSteps);
  const passes = job.gradient_accumulation_steps;

  const initial = valuesOf(layout, trace.initial);
  const values = Float32Array.from(initial);
  const gradient = new Float32Array(layout.size);
  const losses: number[] = [];
  let firstGradient: Float32Array | undefined;
  for (let done = 0; done < trace.steps; done++) {
    for (let pass = done * passes; pass < (done + 1) * passes; pass++) {
      const batch = batchOf(trace, checkpoint, pass);
      const step = await programs.of(batch.latents);
      const text = textInside ? tokenFeeds(batch.tokens) : await encoders.encode(batch.tokens);
      const weights = ownWeights ?? batch.tokens.map(() => 1);
      const results = await step.run({
        ...parameterFeeds(layout, values, step.parameters),
        ...passFeeds(unet, tables, { ...batch, text, ownWeights: weights }),
      });
      losses.push(lossOf(results));
      sumGradients(gradient, layout, step, results, pass === done * passes);
    }
    firstGradient ??= gradient.map((sum) => sum / passes);
    const gradientScale = clipFactor(gradientNorm([gradient]) / passes, job.max_grad_norm) / passes;
    await optimizer.apply(values, gradient, { step: done + 1, rates: ratesAt(done), gradientScale });
    if (job.scale_weight_norms !== undefined) capNorms(layout, values, job.scale_weight_norms);
  }
  const { normNumGroups: normGroups } = unet;
  return { layout, normGroups, losses, firstGradient: must(firstGradient, 'a step'), initial, final: values };
}

/** The step's program for latents of any size: one serves all that the UNet halves evenly, others have one each. */
function openSteps(executor: Executor, checkpoint: Checkpoint, choices: StepChoices) {
  const multiple = latentMultiple(checkpoint.unet.config);
  const programs = new Map<string, Promise<StepProgram>>();
  return {
    of: ({ shape: [, , h = 0, w = 0] }: F32Tensor): Promise<StepProgram> => {
      const isEven = h % multiple === 0 && w % multiple === 0;
      const key = isEven ? 'even' : `${h}x${w}`;
      const known = programs.get(key);
      if (known !== undefined) return known;
      const program = compileStep(executor, checkpoint, isEven ? choices : { ...choices, size: { h, w } });
      programs.set(key, program);
      return program;
    },
    [Symbol.asyncDispose]: async (): Promise<void> => {
      for (const program of programs.values()) await (await program)[Symbol.asyncDispose]();
    },
  };
}

function batchOf(trace: Trace, { textEncoders }: Checkpoint, pass: number) {
  const { latents, noise, timesteps, captions } = recorded(trace, pass);
  const fillings = textEncoders.map(({ config }) => config.padTokenId);
  const sizes = trace.batches.get(`${pass}.time_ids`)?.data;
  if (sizes === undefined && textEncoders.length > 1) throw brokenTrace(trace.folder, `${pass}.time_ids`);
  return {
    latents,
    noise: noise.data,
    timesteps,
    tokens: captions.map((caption) => filled(must(trace.ids[caption], `caption ${caption}`), fillings)),
    ...(sizes === undefined || textEncoders.length === 1 ? {} : { sizes: [...sizes] }),
  };
}

/** The recorded ids are filled with the end token; each encoder has a filling of its own. */
function filled(ids: readonly number[], fillings: readonly number[]): Tokens {
  const row = (filling: number): Int32Array =>
    Int32Array.from(ids, (id, index) => {
      const start = index - (index % WINDOW);
      const end = ids.indexOf(END_OF_TEXT, start);
      return end >= 0 && index > end && id === END_OF_TEXT ? filling : id;
    });
  return { ids: fillings.map(row), end: Math.max(0, ids.indexOf(END_OF_TEXT)) };
}
