/**
 * The noise schedule that a checkpoint was trained with: scheduler_config.json of a diffusers folder, read and written.
 *
 * A single file has no place for it. Other programs take Stable Diffusion's schedule for one; ours is told a different
 * one by the metadata `lora_loom.scheduler`, which holds the same JSON.
 *
 * Source: diffusers' DDPMScheduler and DDIMScheduler (fields and the defaults of fields left out).
 */
import { UserError } from '../../base/errors.ts';
import { excerpt } from '../../base/excerpt.ts';
import { isObject, type JsonObject } from '../safetensors/header-json.ts';
import type { PredictionType } from './types.ts';

/** How β, the variance added at a step, grows with the timestep. Diffusers calls the cosine curve `squaredcos_cap_v2`. */
export type BetaCurve = 'linear' | 'scaled_linear' | 'cosine' | 'sigmoid';

export interface NoiseScheduleSettings {
  readonly curve: BetaCurve;
  /** β of the first and of the last step; the cosine curve has its own. */
  readonly betaStart: number;
  readonly betaEnd: number;
  /** Timesteps, 2 to 1000. */
  readonly steps: number;
  /** Rescaled so that the last step is pure noise. */
  readonly zeroTerminalSnr: boolean;
}

/** What all published Stable Diffusion models were trained with, and what a checkpoint has that says nothing. */
export const STABLE_DIFFUSION: NoiseScheduleSettings = {
  curve: 'scaled_linear',
  betaStart: 0.00085,
  betaEnd: 0.012,
  steps: 1000,
  zeroTerminalSnr: false,
};

export interface SchedulerConfig {
  readonly noiseSchedule: NoiseScheduleSettings;
  readonly predictionType: PredictionType;
}

/** Key of a single file's metadata. */
export const SCHEDULER_METADATA = 'lora_loom.scheduler';

/** `max_timestep` and the sample prompts know no more; nor does any published model. */
const MOST_STEPS = 1000;

/** A map, because a file may say "constructor". */
const CURVES: ReadonlyMap<unknown, BetaCurve> = new Map([
  ['linear', 'linear'],
  ['scaled_linear', 'scaled_linear'],
  ['squaredcos_cap_v2', 'cosine'],
  ['sigmoid', 'sigmoid'],
]);

/**
 * A field that is missing or null has the default of diffusers: linear from 0.0001 to 0.02 in 1000 steps, epsilon.
 *
 * @throws {UserError} checkpoint/scheduler naming the field and what it holds
 */
export function readSchedulerConfig(file: string, json: JsonObject): SchedulerConfig {
  const fail = (field: string): never => {
    throw schedulerError(file, field, json[field]);
  };
  const number = (field: string, fallback: number, fits: (value: number) => boolean): number => {
    const value = json[field] ?? fallback;
    return typeof value === 'number' && fits(value) ? value : fail(field);
  };
  if ((json['trained_betas'] ?? null) !== null) fail('trained_betas');
  if (json['use_flow_sigmas'] === true) fail('use_flow_sigmas');
  const betaStart = number('beta_start', 0.0001, (beta) => beta > 0 && beta < 1);
  const predictionType = json['prediction_type'] ?? 'epsilon';
  return {
    noiseSchedule: {
      curve: CURVES.get(json['beta_schedule'] ?? 'linear') ?? fail('beta_schedule'),
      betaStart,
      betaEnd: number('beta_end', 0.02, (beta) => beta >= betaStart && beta < 1),
      steps: number('num_train_timesteps', 1000, (n) => Number.isInteger(n) && n >= 2 && n <= MOST_STEPS),
      zeroTerminalSnr: json['rescale_betas_zero_snr'] === true,
    },
    predictionType:
      predictionType === 'epsilon' || predictionType === 'v_prediction' ? predictionType : fail('prediction_type'),
  };
}

/** @throws {UserError} checkpoint/scheduler */
export function readSchedulerMetadata(file: string, text: string): SchedulerConfig {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  if (!isObject(json)) throw schedulerError(file, SCHEDULER_METADATA, text);
  return readSchedulerConfig(file, json);
}

/**
 * scheduler_config.json as a DDIMScheduler reads it (or a DDPMScheduler, which alone knows the sigmoid curve); spacing
 * from the very last step where that is pure noise.
 */
export function schedulerConfigJson({ noiseSchedule, predictionType }: SchedulerConfig): JsonObject {
  const { curve, betaStart, betaEnd, steps, zeroTerminalSnr } = noiseSchedule;
  return {
    _class_name: curve === 'sigmoid' ? 'DDPMScheduler' : 'DDIMScheduler',
    beta_end: betaEnd,
    beta_schedule: curve === 'cosine' ? 'squaredcos_cap_v2' : curve,
    beta_start: betaStart,
    clip_sample: false,
    num_train_timesteps: steps,
    prediction_type: predictionType,
    rescale_betas_zero_snr: zeroTerminalSnr,
    set_alpha_to_one: false,
    steps_offset: 1,
    timestep_spacing: zeroTerminalSnr ? 'trailing' : 'leading',
  };
}

/** Whether all betas are equal: the cosine curve has no use for start and end. */
export function sameSchedule(a: NoiseScheduleSettings, b: NoiseScheduleSettings): boolean {
  const sameEnds = a.betaStart === b.betaStart && a.betaEnd === b.betaEnd;
  return (
    a.curve === b.curve &&
    a.steps === b.steps &&
    a.zeroTerminalSnr === b.zeroTerminalSnr &&
    (sameEnds || a.curve === 'cosine')
  );
}

/** "linear (0.0001 to 0.02, zero terminal SNR)" */
export function scheduleTitle({ curve, betaStart, betaEnd, zeroTerminalSnr }: NoiseScheduleSettings): string {
  const details = [
    ...(curve === 'cosine' ? [] : [`${betaStart} to ${betaEnd}`]),
    ...(zeroTerminalSnr ? ['zero terminal SNR'] : []),
  ];
  return details.length === 0 ? curve : `${curve} (${details.join(', ')})`;
}

const WANTED: Readonly<Record<string, string>> = {
  beta_schedule: '"linear", "scaled_linear", "squaredcos_cap_v2" (cosine) or "sigmoid"',
  beta_start: 'a number above 0 and below 1',
  beta_end: 'a number below 1 and not below beta_start',
  num_train_timesteps: `a whole number from 2 to ${MOST_STEPS}`,
  prediction_type: '"epsilon" or "v_prediction"',
  trained_betas: 'null: a list of its own is not supported',
  use_flow_sigmas: 'false: flow matching is not supported',
  [SCHEDULER_METADATA]: 'what scheduler_config.json of a diffusers folder holds',
};

const schedulerError = (file: string, field: string, found: unknown): UserError =>
  new UserError({
    code: 'checkpoint/scheduler',
    what: `The noise schedule of this checkpoint is none that LoRA Loom has: "${field}" is ${excerpt(JSON.stringify(found) ?? 'missing')}`,
    where: file,
    fix: `Choose another base model, or if you know better, write ${WANTED[field] ?? 'another value'}.`,
    details: { field },
  });
