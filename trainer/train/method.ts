/**
 * What a run trains and keeps: a LoRA, whole networks, or an autoencoder. The loop, the run folder and the state are
 * the same for all; a method says which numbers train, what a pass is fed with, and what is saved and drawn of them.
 */
import type { Report, StopRequest, WarningEvent } from '../api/events.ts';
import type { Job } from '../api/job/index.ts';
import type { Batch, StepPlan } from '../data/batches.ts';
import type { Dataset, DatasetImage } from '../data/dataset.ts';
import type { Bindings } from '../graph/dims.ts';
import type { Feeds, Fetches } from '../exec/executor.ts';
import type { Value } from '../graph/graph.ts';
import type { NormReport } from '../lora/max-norm.ts';
import type { ParameterLayout } from '../optim/parameters.ts';
import type { PassPlace } from './batch-pass.ts';
import type { Machine } from './machine.ts';
import type { RunPlaces } from './run-folder.ts';

/** What a method is planned from. */
export interface MethodRequest {
  readonly machine: Machine;
  readonly job: Job;
  /** The job's, or one that was drawn. */
  readonly seed: number;
  readonly places: RunPlaces;
  /** The run goes on: what it made at its first start is there. */
  readonly resume: boolean;
}

/** A method with everything resolved, before anything dear begins. */
export interface MethodPlan {
  readonly layout: ParameterLayout;
  /** f32 [layout.size]: what training starts from, for the run to take over and change. A resumed run does without. */
  initial(): Promise<Float32Array>;
  /** What a state must have been made with: names, shapes, scales. */
  readonly identity: unknown;
  /** For the log: `LoRA of 192 modules`. */
  readonly title: string;
  /** Numbers of networks that compute with those that are trained, and stay as they are. */
  readonly frozen: number;
  /** Bytes of what a run from scratch writes into its folder first, else 0. */
  readonly startBytes: number;
  /** Bytes of what one save writes. */
  readonly fileBytes: number;
  /** What saves are called after their name: `.safetensors`, or nothing where they are folders. */
  readonly extension: string;
  /** What the sides of a bucket must be multiples of, in pixels. */
  readonly bucketMultiple: number;
  readonly warnings: readonly WarningEvent[];
  /**
   * What of the pictures and captions cannot be used.
   *
   * @throws {UserError} if the method cannot train on them
   */
  checkImages(images: readonly DatasetImage[]): readonly WarningEvent[];
  /** Gets the pictures ready; whoever opens it disposes it. */
  open(context: RunContext): Promise<OpenMethod>;
}

/** The surroundings of a run that has begun. */
export interface RunContext {
  readonly machine: Machine;
  readonly job: Job;
  readonly seed: number;
  readonly dataset: Dataset;
  readonly places: RunPlaces;
  readonly report: Report;
  readonly stop: StopRequest;
}

export interface OpenMethod extends AsyncDisposable {
  /** The pictures that can be used. */
  readonly images: readonly DatasetImage[];
  /**
   * @param largest the largest B, h and w that will be fed
   * @param stopped which entries stay as they are by now, so that their gradients are not wanted
   */
  compile(largest: Bindings, stopped: (entry: string) => boolean): Promise<MethodStep>;
  /** What the rule of the method does to the numbers after each step, save to parts that have stopped. */
  afterStep?(values: Float32Array, stopped: ReadonlySet<string>): NormReport | undefined;
  /**
   * Writes what was trained.
   *
   * @param path   without the extension
   * @param values f32 [layout.size]
   */
  write(path: string, values: Float32Array, facts: SaveFacts): Promise<void>;
  /** Draws this moment's pictures into the run's folder of samples, if they are due. */
  drawSamples(values: Float32Array, moment: SampleMoment): Promise<void>;
}

/** The compiled step. */
export interface MethodStep extends AsyncDisposable {
  /** The leaves that are trained, by entry name. */
  readonly parameters: ReadonlyMap<string, Value>;
  /** Those of them with a gradient, the output `gradientName`. */
  readonly learning: ReadonlySet<string>;
  feeds(batch: Batch, place: PassPlace): Promise<Feeds>;
  run(feeds: Feeds): Promise<Fetches>;
}

export interface SaveMoment {
  readonly step: number;
  readonly epoch: number;
}

export interface SaveFacts extends SaveMoment {
  readonly steps: StepPlan;
  /** Milliseconds since 1970, of the run's first start. */
  readonly startedAt: number;
}

export interface SampleMoment extends SaveMoment {
  readonly endsEpoch: boolean;
  /** Somebody wants pictures at this moment, whatever the job says; with a prompt, of that instead of the job's. */
  readonly asked?: { readonly prompt?: string };
}
