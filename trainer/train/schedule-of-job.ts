/**
 * The noise schedule of a run: the checkpoint's, with what the job changes.
 */
import type { WarningEvent } from '../api/events.ts';
import type { Job } from '../api/job/index.ts';
import { UserError } from '../base/errors.ts';
import {
  sameSchedule,
  scheduleTitle,
  STABLE_DIFFUSION,
  type BetaCurve,
  type NoiseScheduleSettings,
} from '../formats/checkpoint/scheduler-config.ts';
import type { Checkpoint, PredictionType } from '../formats/checkpoint/types.ts';

type JobSchedule = Pick<Job, 'noise_schedule' | 'beta_start' | 'beta_end' | 'zero_terminal_snr'>;

/** Ends that a curve has in its paper and in diffusers. */
const USUAL_ENDS: Readonly<Record<BetaCurve, Pick<NoiseScheduleSettings, 'betaStart' | 'betaEnd'>>> = {
  linear: { betaStart: 0.0001, betaEnd: 0.02 },
  scaled_linear: { betaStart: STABLE_DIFFUSION.betaStart, betaEnd: STABLE_DIFFUSION.betaEnd },
  cosine: { betaStart: 0.0001, betaEnd: 0.02 },
  sigmoid: { betaStart: 0.0001, betaEnd: 0.02 },
};

/** A curve that is not the checkpoint's begins and ends where it usually does, unless the job says otherwise. */
export function noiseScheduleOf(
  job: JobSchedule,
  checkpoint: Pick<Checkpoint, 'noiseSchedule'>,
): NoiseScheduleSettings {
  const { noiseSchedule: own } = checkpoint;
  const curve = job.noise_schedule ?? own.curve;
  const ends = curve === own.curve ? own : USUAL_ENDS[curve];
  return {
    curve,
    betaStart: job.beta_start ?? ends.betaStart,
    betaEnd: job.beta_end ?? ends.betaEnd,
    steps: own.steps,
    zeroTerminalSnr: job.zero_terminal_snr ?? own.zeroTerminalSnr,
  };
}

/**
 * A model that predicts noise is asked, at a last step of pure noise, for what it is given: nothing is to be learned
 * there, and no picture can be computed from the answer (its share of the picture is 0).
 *
 * @param fix  what to do about it where the schedule comes from
 * @throws {UserError} checkpoint/terminal-snr
 */
export function checkTerminalSnr(
  { zeroTerminalSnr }: NoiseScheduleSettings,
  prediction: PredictionType,
  { path: where }: Pick<Checkpoint, 'path'>,
  fix: string,
): void {
  if (!zeroTerminalSnr || prediction !== 'epsilon') return;
  throw new UserError({
    code: 'checkpoint/terminal-snr',
    what: 'With zero terminal SNR the last step is pure noise, and a model that predicts noise (epsilon) learns nothing from it and cannot begin a picture there',
    where,
    fix,
  });
}

/** @throws {UserError} checkpoint/terminal-snr, run/noise, run/timesteps */
export function checkSchedule(job: Job, checkpoint: Checkpoint, prediction: PredictionType): void {
  const settings = noiseScheduleOf(job, checkpoint);
  checkEnds(job, settings, checkpoint);
  checkTerminalSnr(
    settings,
    prediction,
    checkpoint,
    job.zero_terminal_snr === true
      ? 'Set v_parameterization = true if the checkpoint predicts velocity or shall learn to, or remove zero_terminal_snr.'
      : 'The checkpoint is marked so: set v_parameterization = true if it predicts velocity, or zero_terminal_snr = false.',
  );
  if (job.min_timestep < settings.steps) return;
  throw new UserError({
    code: 'run/timesteps',
    what: `min_timestep = ${job.min_timestep}, but the noise schedule of this checkpoint has ${settings.steps} timesteps only`,
    where: checkpoint.path,
    fix: `Set min_timestep below ${settings.steps}.`,
  });
}

/** The job may name one end, and take the other from the checkpoint or from the curve. */
function checkEnds(
  { beta_start: start }: Job,
  { curve, betaStart, betaEnd }: NoiseScheduleSettings,
  { path: where }: Checkpoint,
): void {
  if (curve === 'cosine' || betaStart <= betaEnd) return;
  throw new UserError({
    code: 'run/noise',
    what: `The noise schedule ${curve} would fall from ${betaStart} to ${betaEnd}, but noise grows with the timestep`,
    where,
    fix:
      start === undefined
        ? `Set beta_end to ${betaStart} or more.`
        : `Set beta_start to ${betaEnd} or less, or set beta_end too.`,
  });
}

/** What the checkpoint knows is bound to its schedule: whoever adds a little to it should keep that. */
export function scheduleWarnings(job: Job, checkpoint: Checkpoint): readonly WarningEvent[] {
  const settings = noiseScheduleOf(job, checkpoint);
  if (sameSchedule(settings, checkpoint.noiseSchedule)) return [];
  const what = `The job trains with the noise schedule ${scheduleTitle(settings)}, but the checkpoint was trained with ${scheduleTitle(checkpoint.noiseSchedule)}`;
  const fix =
    'A LoRA is too small to teach a network another schedule, and programs that use it will take the checkpoint’s: remove noise_schedule, beta_start, beta_end and zero_terminal_snr unless you know better.';
  return [{ kind: 'warning', what, where: checkpoint.path, fix }];
}
