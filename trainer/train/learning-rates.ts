/**
 * The learning rate of every step and part, as a job states it.
 */
import { trainsTextEncoder, trainsUnet, type Job } from '../api/job/index.ts';
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

/** @returns the rates of a step, counted from 0 */
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
  return (step) => {
    const scale = factor(step);
    return Object.fromEntries(Object.entries(base).map(([part, rate]) => [part, rate * scale]));
  };
}
