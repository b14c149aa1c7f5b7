/**
 * The learning rate of every step and part, as a job states it.
 */
import { trainsTextEncoder, trainsUnet, type Job } from '../api/job/index.ts';
import { TEXT_ENCODERS } from '../models/clip/text-encoder.ts';
import { lrSchedule, stepsOf } from '../optim/schedules.ts';

/** By part of the parameters. */
export type Rates = Readonly<Record<string, number>>;

/** What is trained, and how fast before any schedule: 0 for what is not. */
export function baseRates(job: Job) {
  const { learning_rate: rate, unet_lr, text_encoder_lr } = job;
  const text = trainsTextEncoder(job) ? (text_encoder_lr ?? rate) : 0;
  const unet = trainsUnet(job) ? (unet_lr ?? rate) : 0;
  const diffusion = { unet, text_encoder: text, text_encoder_2: text };
  return { ...diffusion, vae: rate, loss: rate, discriminator: rate };
}

const NONE: ReadonlySet<string> = new Set();

/** @returns the parts that stay as they are from a step on, counted from 0: the text encoders, once they have had their steps */
export function stoppedParts({ stop_text_encoder_training: last }: Job): (step: number) => ReadonlySet<string> {
  const textEncoders = new Set(TEXT_ENCODERS);
  return (step) => (last !== undefined && step >= last ? textEncoders : NONE);
}

/** @returns the rates of a step, counted from 0; 0 for a part that has stopped */
export function learningRates(job: Job, totalSteps: number): (step: number) => Rates {
  const base = baseRates(job);
  const factor = lrSchedule({
    name: job.lr_scheduler,
    totalSteps,
    warmupSteps: stepsOf(job.lr_warmup_steps, totalSteps),
    decaySteps: stepsOf(job.lr_decay_steps, totalSteps),
    cycles: job.lr_scheduler_num_cycles,
    power: job.lr_scheduler_power,
    // sd-scripts hands the optimizer learning_rate as its default, and polynomial reads that.
    baseRate: job.learning_rate > 0 ? job.learning_rate : Math.max(base.unet, base.text_encoder),
    ...(job.lr_scheduler_timescale === undefined ? {} : { timescale: job.lr_scheduler_timescale }),
    ...(job.lr_scheduler_args.step_rules === undefined ? {} : { stepRules: job.lr_scheduler_args.step_rules }),
    ...(job.lr_scheduler_min_lr_ratio === undefined ? {} : { minRatio: job.lr_scheduler_min_lr_ratio }),
  });
  const stoppedAt = stoppedParts(job);
  return (step) => {
    const scale = factor(step);
    const stopped = stoppedAt(step);
    return Object.fromEntries(Object.entries(base).map(([part, rate]) => [part, stopped.has(part) ? 0 : rate * scale]));
  };
}
