import { expect, test } from 'vitest';
import { parseJob, type Job } from '../../../trainer/api/job/index.ts';
import { UserError } from '../../../trainer/base/errors.ts';
import { openCheckpoint } from '../../../trainer/formats/checkpoint/open.ts';
import { machineFiles } from '../../../trainer/platform/files.ts';
import {
  bucketMultiple,
  checkAgainstCheckpoint,
  checkpointWarnings,
  predictionOf,
} from '../../../trainer/train/family-rules.ts';
import { TINY_MODELS } from '../../support/tiny-run.ts';

const open = (family: keyof typeof TINY_MODELS) => openCheckpoint(machineFiles(), TINY_MODELS[family]);
const [sd1, sd2, sdxl] = await Promise.all([open('sd15'), open('sd21'), open('sdxl')]);

const job = (settings: Readonly<Record<string, unknown>> = {}): Job =>
  parseJob({ pretrained_model_name_or_path: '-', train_data_dir: '-', output_dir: '-', ...settings }, 'the test');

function reportOf(work: () => void) {
  try {
    work();
  } catch (error) {
    if (error instanceof UserError) return error.report;
  }
  throw new Error('nothing was refused');
}

test('checkpoint/other-family: what the job says about the family must be true', () => {
  expect(reportOf(() => checkAgainstCheckpoint(job({ v2: true }), sd1))).toMatchObject({
    code: 'checkpoint/other-family',
    what: 'The job says v2 = true, but this checkpoint is SD 1.x',
    fix: 'Remove v2 from the job (the family is detected), or choose a checkpoint of SD 2.x.',
  });
  expect(reportOf(() => checkAgainstCheckpoint(job({ sdxl: false }), sdxl)).what).toContain('sdxl = false');
  checkAgainstCheckpoint(job({ v2: true }), sd2);
  checkAgainstCheckpoint(job({ v2: false, sdxl: false }), sd1);
});

test('run/clip-skip: no more layers can be skipped than there are', () => {
  // The tiny text encoder of SD 1.5 has 3 layers.
  expect(reportOf(() => checkAgainstCheckpoint(job({ clip_skip: 4 }), sd1))).toMatchObject({
    code: 'run/clip-skip',
    what: 'clip_skip = 4 skips more than the 3 layers of this text encoder',
  });
  checkAgainstCheckpoint(job({ clip_skip: 3 }), sd1);
  checkAgainstCheckpoint(job({ clip_skip: 12 }), sdxl);
});

test('run/prediction: weights of the loss must be for what the model predicts', () => {
  const velocity = { v_parameterization: true };
  expect(reportOf(() => checkAgainstCheckpoint(job({ scale_v_pred_loss_like_noise_pred: true }), sd1))).toMatchObject({
    code: 'run/prediction',
    what: 'scale_v_pred_loss_like_noise_pred is for models that predict velocity (v), but this one predicts noise (epsilon)',
    fix: 'Remove scale_v_pred_loss_like_noise_pred from the job, or set v_parameterization if the checkpoint does not say what it predicts.',
  });
  expect(reportOf(() => checkAgainstCheckpoint(job({ ...velocity, v_pred_like_loss: 0.5 }), sd1)).what).toContain(
    'v_pred_like_loss is for models that predict noise (epsilon)',
  );
  checkAgainstCheckpoint(job({ ...velocity, scale_v_pred_loss_like_noise_pred: true }), sd2);
  checkAgainstCheckpoint(job({ v_pred_like_loss: 0.5 }), sd1);
});

test('what is predicted: the job decides, else the checkpoint, else it is noise', () => {
  const silent = { ...sd2 };
  delete silent.predictionType;
  expect(predictionOf(job(), { ...sd2, predictionType: 'v_prediction' })).toBe('v_prediction');
  expect(predictionOf(job({ v_parameterization: false }), { ...sd2, predictionType: 'v_prediction' })).toBe('epsilon');
  expect(predictionOf(job(), silent)).toBe('epsilon');
  expect(checkpointWarnings(job(), silent).map(({ what }) => what)).toEqual([
    'A single file of SD 2.x does not say what it predicts; noise (epsilon) is assumed',
  ]);
});

test('contradictions that do not stop a run are told', () => {
  const velocity = { ...sd1, predictionType: 'v_prediction' } as const;
  const warnings = checkpointWarnings(job({ v_parameterization: false }), velocity);
  expect(warnings.map(({ what }) => what)).toEqual([
    'The job says v_parameterization = false, but the checkpoint says that it predicts velocity (v)',
  ]);
  expect(checkpointWarnings(job({ clip_skip: 2 }), sdxl)).toHaveLength(1);
});

test('buckets of SDXL may have steps of 32 pixels, the others need 64', () => {
  expect([bucketMultiple('sd1'), bucketMultiple('sd2'), bucketMultiple('sdxl')]).toEqual([64, 64, 32]);
});
