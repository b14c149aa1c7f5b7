/**
 * Does the steps of a training trace again, with the graph, the optimizer and the clipping of a real run, and says how
 * far the numbers are from sd-scripts'.
 *
 * Agreement to expect (test/golden/traces): losses to 1e-4, cosine of each first gradient above 0.9999, cosine of what
 * the run changed above 0.999. AdamW divides by the root of v, so where a gradient is near 0 its sign may differ: whole
 * tensors are compared, not elements, and a tensor whose gradient is 0 but for rounding is left out of both cosines
 * (such as the time embedding's of a block whose group norm has one channel a group, where a shift changes nothing).
 */
import { jobProblems, parseJob, type Job } from '../api/job/index.ts';
import { must, UserError } from '../base/errors.ts';
import type { Files } from '../base/ports.ts';
import type { F32Tensor } from '../base/tensor.ts';
import { timestepWeights } from '../diffusion/loss-weights.ts';
import { createNoiseSchedule, mixingTable } from '../diffusion/noise-schedule.ts';
import type { Executor } from '../exec/executor.ts';
import { openCheckpoint } from '../formats/checkpoint/open.ts';
import type { Checkpoint } from '../formats/checkpoint/types.ts';
import { layoutLora, loraFeeds, viewOf, type LoraEntry, type LoraLayout } from '../lora/layout.ts';
import { capNorms } from '../lora/max-norm.ts';
import { loraModules, type LoraModule } from '../lora/modules.ts';
import { WINDOW } from '../models/clip/token-windows.ts';
import { END_OF_TEXT } from '../models/clip/vocabulary.ts';
import { latentMultiple } from '../models/unet/unet.ts';
import { clipFactor, gradientNorm } from '../optim/clip.ts';
import { createOptimizer, parseOptimizer, type OptimizerSettings } from '../optim/optimizers.ts';
import { findCheckpoint } from './checkpoint-folder.ts';
import { addGradients, lossOf } from './gradients.ts';
import { learningRates } from './learning-rates.ts';
import { sizesOf } from './network-of-job.ts';
import { openOptimizer } from './optimizer-run.ts';
import { passFeeds, type TimestepTables } from './step-feeds.ts';
import type { StepSpec } from './step-graph.ts';
import { compileStep } from './step-program.ts';
import { openTextEncoders, tokenFeeds, type Tokens } from './text-encoder-run.ts';
import type { Tensors, Trace } from './trace.ts';

export const TOLERANCES = { loss: 1e-4, gradientCosine: 0.9999, finalCosine: 0.999 } as const;

export type ReplayResult =
  | {
      readonly case: string;
      readonly status: 'ok' | 'differs';
      /** Largest of all passes, relative. */
      readonly maxLossError: number;
      /** Smallest of all matrices, at the first optimizer step. */
      readonly minGradCosine: number;
      /** Of final minus initial LoRA, all matrices as one vector. */
      readonly finalCosine: number;
      /** Matrices left out of the cosines, because their gradient is rounding alone. */
      readonly roundingOnly: number;
    }
  | {
      readonly case: string;
      readonly status: 'unsupported';
      /** The settings that are not known here. */
      readonly settings: readonly string[];
    };

export interface ReplayTools {
  readonly files: Files;
  readonly executor: Executor;
  /** Holds a folder for each family. */
  readonly models: string;
}

export async function replay(tools: ReplayTools, trace: Trace): Promise<ReplayResult> {
  const reading = readSettings(trace);
  const unsupported = (settings: readonly string[]): ReplayResult => ({
    case: trace.name,
    status: 'unsupported',
    settings,
  });
  if (reading.unknown.length > 0) return unsupported(reading.unknown);
  const { files, executor, models } = tools;
  const path = await findCheckpoint(files, files.join(models, trace.family));
  if (path === undefined) return unsupported([`family (no checkpoint in ${trace.family})`]);
  const checkpoint = await openCheckpoint(files, path);
  const layout = layoutLora(modulesOfTrace(reading.job, checkpoint));
  const strange = strangeMatrices(trace, layout);
  if (strange.length > 0)
    return unsupported([`network (${strange.length} matrices do not fit, such as ${strange[0]})`]);
  return judge(trace, await repeatSteps(executor, checkpoint, layout, trace, reading));
}

/** As sd-scripts creates them: a part whose learning rate is 0 has modules all the same. */
const modulesOfTrace = (job: Job, checkpoint: Checkpoint): readonly LoraModule[] =>
  loraModules(checkpoint, sizesOf(job)).filter(({ part }) =>
    part === 'unet' ? !job.network_train_text_encoder_only : !job.network_train_unet_only,
  );

/** Matrices that the trace has and the settings do not make, or the other way round: an option that we misread. */
function strangeMatrices({ initial }: Trace, { entries }: LoraLayout): readonly string[] {
  const ours = new Set(entries.map(({ name }) => name));
  const theirs = [...initial.keys()].filter((name) => name.endsWith('.weight'));
  return [
    ...theirs.filter((name) => !ours.has(name)),
    ...entries.filter(({ name, size }) => initial.get(name)?.data.length !== size).map(({ name }) => name),
  ];
}

interface Settings {
  readonly job: Job;
  readonly optimizer: OptimizerSettings;
  /** [B], the same in every batch. */
  readonly ownWeights: readonly number[] | undefined;
  readonly unknown: readonly string[];
}

/** A trace has no folders of its own, and its draws are recorded: seeds, dropped captions and offsets are in its batches. */
const PLACES = { pretrained_model_name_or_path: '-', train_data_dir: '-', output_dir: '-' };
/** Drawn anew in each pass, and not recorded. */
const DROPOUTS = ['network_dropout', 'network_args.rank_dropout', 'network_args.module_dropout'] as const;

function readSettings({ settings, steps }: Trace): Settings {
  const { loss_weights_in_batch: weights, optimizer_type: type, optimizer_args: args, ...given } = settings;
  const set = Object.entries(given).filter(([, value]) => value !== null && value !== undefined);
  const table = { ...Object.fromEntries(set), ...PLACES, max_train_steps: steps };
  const problems = jobProblems(table, 'trace.json').flatMap(({ details, what }) => namesIn(details) ?? [what]);
  const job = parseJob(problems.length === 0 ? table : PLACES, 'trace.json');
  const optimizer = readOptimizer(type, args);
  const { rank_dropout, module_dropout } = job.network_args;
  const dropped = [job.network_dropout, rank_dropout, module_dropout];
  return {
    job,
    optimizer: optimizer ?? parseOptimizer('AdamW'),
    ownWeights: isNumbers(weights) ? weights : undefined,
    unknown: [
      ...problems,
      ...(optimizer === undefined ? ['optimizer_type', 'optimizer_args'] : []),
      ...DROPOUTS.filter((_, index) => dropped[index] !== undefined),
      ...(weights === undefined || weights === null || isNumbers(weights) ? [] : ['loss_weights_in_batch']),
    ],
  };
}

function namesIn(details: Readonly<Record<string, unknown>> | undefined): readonly string[] | undefined {
  const { key, keys } = details ?? {};
  if (typeof key === 'string') return [key];
  return Array.isArray(keys) ? keys.map(String) : undefined;
}

const isNumbers = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'number');

function readOptimizer(type: unknown, args: unknown): OptimizerSettings | undefined {
  try {
    return parseOptimizer(String(type ?? 'AdamW'), Array.isArray(args) ? args.map(String) : []);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

interface Repeated {
  readonly layout: LoraLayout;
  readonly losses: readonly number[];
  /** Mean over the first step's passes. */
  readonly firstGradient: Float32Array;
  readonly initial: Float32Array;
  readonly final: Float32Array;
}

async function repeatSteps(
  executor: Executor,
  checkpoint: Checkpoint,
  layout: LoraLayout,
  trace: Trace,
  { job, optimizer: settings, ownWeights }: Settings,
): Promise<Repeated> {
  const { modules } = layout;
  const initial = valuesOf(layout, trace.initial);
  const prediction = job.v_parameterization === true ? 'v_prediction' : 'epsilon';
  const windows = must(trace.ids[0], 'a caption').length / WINDOW;
  const textInside = modules.some(({ part }) => part !== 'unet');
  const schedule = createNoiseSchedule();
  const tables: TimestepTables = {
    mixing: mixingTable(schedule),
    lossWeights: timestepWeights(schedule, {
      vPrediction: prediction === 'v_prediction',
      ...(job.min_snr_gamma === undefined ? {} : { minSnrGamma: job.min_snr_gamma }),
    }),
  };
  const unet = checkpoint.unet.config;
  await using step = await compileStep(executor, checkpoint, {
    modules,
    prediction,
    textInside,
    windows,
    clipSkip: job.clip_skip,
    ...unevenSize(trace, checkpoint),
    gradientCheckpointing: job.gradient_checkpointing,
  });
  await using encoders = openTextEncoders(executor, checkpoint, { windows, clipSkip: job.clip_skip });
  await using optimizer = await openOptimizer(executor, createOptimizer(settings), layout, step.parameters);
  const ratesAt = learningRates(job, trace.steps);
  const passes = job.gradient_accumulation_steps;

  const values = Float32Array.from(initial);
  const losses: number[] = [];
  let firstGradient: Float32Array | undefined;
  for (let done = 0; done < trace.steps; done++) {
    const gradient = new Float32Array(layout.size);
    for (let pass = done * passes; pass < (done + 1) * passes; pass++) {
      const batch = batchOf(trace, checkpoint, pass);
      const text = textInside ? tokenFeeds(batch.tokens) : await encoders.encode(batch.tokens);
      const weights = ownWeights ?? batch.tokens.map(() => 1);
      const results = await step.run({
        ...loraFeeds(layout, values, step.parameters),
        ...passFeeds(unet, tables, { ...batch, text, ownWeights: weights }),
      });
      losses.push(lossOf(results));
      addGradients(gradient, layout, step, results);
    }
    firstGradient ??= gradient.map((sum) => sum / passes);
    const gradientScale = clipFactor(gradientNorm([gradient]) / passes, job.max_grad_norm) / passes;
    await optimizer.apply(values, gradient, { step: done + 1, rates: ratesAt(done), gradientScale });
    if (job.scale_weight_norms !== undefined) capNorms(layout, values, job.scale_weight_norms);
  }
  return { layout, losses, firstGradient: must(firstGradient, 'a step'), initial, final: values };
}

/** The size of the latents, where the UNet cannot halve it evenly. All batches must then have it. */
function unevenSize(trace: Trace, { unet }: Checkpoint): Pick<StepSpec, 'size'> {
  const [, , h = 0, w = 0] = must(trace.batches.get('0.latents'), 'latents').shape;
  const multiple = latentMultiple(unet.config);
  return h % multiple === 0 && w % multiple === 0 ? {} : { size: { h, w } };
}

function batchOf(trace: Trace, { textEncoders }: Checkpoint, pass: number) {
  const tensor = (name: string): F32Tensor => must(trace.batches.get(`${pass}.${name}`), `${name} of pass ${pass}`);
  const sizes = trace.batches.get(`${pass}.time_ids`)?.data;
  return {
    latents: tensor('latents'),
    noise: tensor('noise').data,
    timesteps: Int32Array.from(tensor('timesteps').data),
    tokens: Array.from(tensor('caption').data, (caption) =>
      filled(
        must(trace.ids[caption], `caption ${caption}`),
        textEncoders.map(({ config }) => config.padTokenId),
      ),
    ),
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

function valuesOf(layout: LoraLayout, tensors: Tensors): Float32Array {
  const values = new Float32Array(layout.size);
  for (const entry of layout.entries) {
    viewOf(values, entry).set(must(tensors.get(entry.name), `${entry.name} in the trace`).data);
  }
  return values;
}

/** A norm below this share of the whole gradient's is rounding: f32 leaves up to 6e-7, the smallest real ones have 1e-5. */
const ROUNDING = 2e-6;

function judge(trace: Trace, found: Repeated): ReplayResult {
  const { layout, losses, firstGradient, initial, final } = found;
  const lossErrors = trace.losses.map((loss, pass) => Math.abs(must(losses[pass], 'a loss') - loss) / Math.abs(loss));
  const expectedGradient = ({ name, size }: LoraEntry): Float32Array =>
    trace.firstGradients.get(name)?.data ?? new Float32Array(size);
  const threshold = ROUNDING * gradientNorm(layout.entries.map(expectedGradient));
  const entries = layout.entries.filter(
    (entry) =>
      gradientNorm([expectedGradient(entry)]) > threshold || gradientNorm([viewOf(firstGradient, entry)]) > threshold,
  );
  const expected = valuesOf(layout, trace.final);
  const change = (end: Float32Array): Float32Array[] =>
    entries.map((entry) => difference(viewOf(end, entry), viewOf(initial, entry)));

  const maxLossError = Math.max(...lossErrors);
  const minGradCosine = Math.min(
    1,
    ...entries.map((entry) => cosine([viewOf(firstGradient, entry)], [expectedGradient(entry)])),
  );
  const finalCosine = cosine(change(final), change(expected));
  const agrees =
    maxLossError <= TOLERANCES.loss &&
    minGradCosine > TOLERANCES.gradientCosine &&
    finalCosine > TOLERANCES.finalCosine;
  return {
    case: trace.name,
    status: agrees ? 'ok' : 'differs',
    maxLossError,
    minGradCosine,
    finalCosine,
    roundingOnly: layout.entries.length - entries.length,
  };
}

const difference = (a: Float32Array, b: Float32Array): Float32Array => a.map((value, index) => value - (b[index] ?? 0));

/** Of two vectors that are given in pieces; at most 1, whatever the rounding. */
function cosine(a: readonly Float32Array[], b: readonly Float32Array[]): number {
  let product = 0;
  for (const [piece, values] of a.entries()) {
    const others = must(b[piece], 'the same pieces');
    for (const [index, value] of values.entries()) product += value * (others[index] ?? 0);
  }
  const norms = gradientNorm(a) * gradientNorm(b);
  return norms === 0 ? 0 : Math.min(1, product / norms);
}
