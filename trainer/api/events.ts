/**
 * What a running job tells whoever started it: the terminal, the window, a browser, a file of JSON lines. Every event is
 * plain data.
 */
import type { ErrorReport } from '../base/errors.ts';

/** What the run is doing. Each state follows the one before it; `done`, `stopped` and `failed` end the stream. */
export type TrainState = 'preparing' | 'class-images' | 'loading' | 'caching' | 'training' | 'sampling' | 'saving';

export interface StateEvent {
  readonly kind: 'state';
  readonly state: TrainState;
  /** One sentence for people. */
  readonly message: string;
}

/** Progress of a state that has a length of its own: class images there, images cached, sampler steps drawn. */
export interface ProgressEvent {
  readonly kind: 'progress';
  readonly state: TrainState;
  readonly done: number;
  readonly total: number;
  readonly etaSeconds?: number;
}

/** One optimizer step. */
export interface StepEvent {
  readonly kind: 'step';
  /** From 1; the last is `steps`. */
  readonly step: number;
  readonly steps: number;
  /** From 1; the last is `epochs`. */
  readonly epoch: number;
  readonly epochs: number;
  /** Mean over the step's passes. */
  readonly loss: number;
  /** Mean over the last epoch's number of steps, as sd-scripts' avr_loss. */
  readonly averageLoss: number;
  /** Learning rate of this step by parameter group ("unet", "text_encoder", ...). */
  readonly lr: Readonly<Record<string, number>>;
  /** Norm of all gradients before clipping. */
  readonly gradNorm: number;
  /** That the step took. */
  readonly seconds: number;
  readonly etaSeconds: number;
}

/** A sample picture was written. */
export interface SampleEvent {
  readonly kind: 'sample';
  readonly file: string;
  /** 0 before the first step. */
  readonly step: number;
  readonly promptIndex: number;
  readonly prompt: string;
  readonly seed: number;
}

/** What is trained was saved: a LoRA, a whole model or a VAE, as a file or a folder. */
export interface CheckpointEvent {
  readonly kind: 'checkpoint';
  /** Its path; of a model in the layout of diffusers, that of its folder. */
  readonly file: string;
  readonly step: number;
  readonly epoch: number;
  /** The run's last save. */
  readonly final: boolean;
}

/** Something that the user should know and that does not stop the run: a skipped image, an ignored setting. */
export interface WarningEvent {
  readonly kind: 'warning';
  readonly what: string;
  readonly where?: string;
  readonly fix?: string;
}

export interface LogEvent {
  readonly kind: 'log';
  readonly message: string;
}

/** The run reached its end. */
export interface DoneEvent {
  readonly kind: 'done';
  readonly steps: number;
  readonly seconds: number;
  /** The last save: a file, or a folder in the layout of diffusers. */
  readonly file: string;
  readonly folder: string;
}

/** The run was asked to stop and did, after a whole step. */
export interface StoppedEvent {
  readonly kind: 'stopped';
  readonly step: number;
  readonly steps: number;
  /** What was saved where it stopped; absent when it stopped before the first step. */
  readonly file?: string;
}

export interface FailedEvent {
  readonly kind: 'failed';
  readonly error: ErrorReport;
}

export type TrainEvent =
  | StateEvent
  | ProgressEvent
  | StepEvent
  | SampleEvent
  | CheckpointEvent
  | WarningEvent
  | LogEvent
  | DoneEvent
  | StoppedEvent
  | FailedEvent;

/** Receives events in order. Must not throw. */
export type Report = (event: TrainEvent) => void;

/** What a run can be asked for while it goes on: done after the step in hand. */
export type StepRequest =
  | { readonly kind: 'save' }
  | { readonly kind: 'sample'; /** Instead of the job's prompts. */ readonly prompt?: string };

/** Takes what was asked for since it was called last. */
export type TakeRequests = () => readonly StepRequest[];

/**
 * Asks a run to stop. `finishing` lets the step in hand end and saves; `now` ends as soon as nothing is half-written.
 */
export interface StopRequest {
  readonly wanted: 'no' | 'finishing' | 'now';
}
