/**
 * Rules between a job and the checkpoint that it names.
 */
import type { WarningEvent } from '../api/events.ts';
import type { Job } from '../api/job/index.ts';
import { UserError } from '../base/errors.ts';
import type { Checkpoint, PredictionType } from '../formats/checkpoint/types.ts';
import { FAMILY_TITLES, type Family } from '../formats/configs.ts';
import { checkSchedule, scheduleWarnings } from './schedule-of-job.ts';

/** What the sides of a bucket must be multiples of, in pixels (sd-scripts, assert_extra_args). */
export const bucketMultiple = (family: Family): number => (family === 'sdxl' ? 32 : 64);

/** @throws {UserError} checkpoint/other-family, checkpoint/terminal-snr, run/clip-skip, run/noise, run/prediction, run/timesteps */
export function checkAgainstCheckpoint(job: Job, checkpoint: Checkpoint): void {
  checkFamily(job, checkpoint);
  checkPrediction(job, checkpoint);
  checkSchedule(job, checkpoint, predictionOf(job, checkpoint));
  const layers = checkpoint.textEncoders[0]?.config.numHiddenLayers ?? 0;
  if (checkpoint.family !== 'sdxl' && job.clip_skip > layers) {
    throw new UserError({
      code: 'run/clip-skip',
      what: `clip_skip = ${job.clip_skip} skips more than the ${layers} layers of this text encoder`,
      where: checkpoint.path,
      fix: 'Set clip_skip to 1, the normal output, or to 2 for most anime models.',
      details: { clipSkip: job.clip_skip, layers },
    });
  }
}

/** Weights of the loss that are made for what the model does not predict. */
function checkPrediction(job: Job, checkpoint: Checkpoint): void {
  const velocity = predictionOf(job, checkpoint) === 'v_prediction';
  const unfit = velocity
    ? job.v_pred_like_loss !== undefined && 'v_pred_like_loss'
    : job.scale_v_pred_loss_like_noise_pred && 'scale_v_pred_loss_like_noise_pred';
  if (unfit === false) return;
  const [found, wanted] = velocity ? ['velocity (v)', 'noise (epsilon)'] : ['noise (epsilon)', 'velocity (v)'];
  throw new UserError({
    code: 'run/prediction',
    what: `${unfit} is for models that predict ${wanted}, but this one predicts ${found}`,
    where: checkpoint.path,
    fix: `Remove ${unfit} from the job, or set v_parameterization if the checkpoint does not say what it predicts.`,
    details: { key: unfit },
  });
}

type OfFamily = Pick<Checkpoint, 'family' | 'path'>;

/** @throws {UserError} checkpoint/other-family */
export function checkFamily(job: Partial<Pick<Job, 'v2' | 'sdxl'>>, checkpoint: OfFamily): void {
  checkStatement(job.v2, 'v2', 'sd2', checkpoint);
  checkStatement(job.sdxl, 'sdxl', 'sdxl', checkpoint);
}

function checkStatement(stated: boolean | undefined, key: string, family: Family, checkpoint: OfFamily): void {
  if (stated === undefined || stated === (checkpoint.family === family)) return;
  const found = FAMILY_TITLES[checkpoint.family];
  throw new UserError({
    code: 'checkpoint/other-family',
    what: `The job says ${key} = ${stated}, but this checkpoint is ${found}`,
    where: checkpoint.path,
    fix: `Remove ${key} from the job (the family is detected), or choose ${stated ? `a checkpoint of ${FAMILY_TITLES[family]}` : 'another checkpoint'}.`,
    details: { key, stated, found: checkpoint.family },
  });
}

/** What the model predicts: as the job says, else as the checkpoint says, else noise. */
export const predictionOf = (job: Job, { predictionType }: Checkpoint): PredictionType =>
  job.v_parameterization === undefined
    ? (predictionType ?? 'epsilon')
    : job.v_parameterization
      ? 'v_prediction'
      : 'epsilon';

export function checkpointWarnings(job: Job, checkpoint: Checkpoint): readonly WarningEvent[] {
  const { family, predictionType, path: where } = checkpoint;
  const warnings: WarningEvent[] = [];
  const warn = (what: string, fix: string): unknown => warnings.push({ kind: 'warning', what, where, fix });
  if (family === 'sdxl' && job.clip_skip > 1) {
    warn('SDXL knows no clip skip; clip_skip has no effect', 'Remove clip_skip from the job.');
  }
  if (family === 'sd2' && predictionType === undefined && job.v_parameterization === undefined) {
    warn(
      'A single file of SD 2.x does not say what it predicts; noise (epsilon) is assumed',
      'The 768 px models predict velocity: set v_parameterization = true for them.',
    );
  }
  if (
    job.v_parameterization !== undefined &&
    predictionType !== undefined &&
    predictionType !== predictionOf(job, checkpoint)
  ) {
    const says = predictionType === 'epsilon' ? 'noise (epsilon)' : 'velocity (v)';
    warn(
      `The job says v_parameterization = ${job.v_parameterization}, but the checkpoint says that it predicts ${says}`,
      'Remove v_parameterization unless you know that the checkpoint is wrong: training would pull it in the wrong direction.',
    );
  }
  return job.method === 'lora' ? [...warnings, ...scheduleWarnings(job, checkpoint)] : warnings;
}
