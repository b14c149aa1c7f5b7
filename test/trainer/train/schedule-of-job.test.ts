import { describe, expect, test } from 'vitest';
import { parseJob, type Job } from '../../../trainer/api/job/index.ts';
import { UserError } from '../../../trainer/base/errors.ts';
import { createNoiseSchedule } from '../../../trainer/diffusion/noise-schedule.ts';
import { openCheckpoint } from '../../../trainer/formats/checkpoint/open.ts';
import { STABLE_DIFFUSION } from '../../../trainer/formats/checkpoint/scheduler-config.ts';
import { machineFiles } from '../../../trainer/platform/files.ts';
import { checkAgainstCheckpoint, checkpointWarnings } from '../../../trainer/train/family-rules.ts';
import { timestepTables } from '../../../trainer/train/noise-and-loss.ts';
import { noiseScheduleOf } from '../../../trainer/train/schedule-of-job.ts';
import { TINY_MODELS } from '../../support/tiny-run.ts';

const sd1 = await openCheckpoint(machineFiles(), TINY_MODELS.sd15);
const job = (settings: Readonly<Record<string, unknown>> = {}): Job =>
  parseJob({ pretrained_model_name_or_path: '-', train_data_dir: '-', output_dir: '-', ...settings }, 'the test');
const scheduleOf = (
  settings: Readonly<Record<string, unknown>>,
  checkpoint: Parameters<typeof noiseScheduleOf>[1] = sd1,
) => noiseScheduleOf(job(settings), checkpoint);

function reportOf(work: () => void) {
  try {
    work();
  } catch (error) {
    if (error instanceof UserError) return error.report;
  }
  throw new Error('nothing was refused');
}

describe('the schedule of a run', () => {
  test('is that of the checkpoint where the job says nothing', () => {
    expect(scheduleOf({})).toEqual(STABLE_DIFFUSION);
    const noiseSchedule = { ...STABLE_DIFFUSION, curve: 'sigmoid', zeroTerminalSnr: true, steps: 50 } as const;
    expect(scheduleOf({}, { noiseSchedule })).toEqual(noiseSchedule);
    expect(scheduleOf({ zero_terminal_snr: false }, { noiseSchedule }).zeroTerminalSnr).toBe(false);
  });

  test('has the usual ends of a curve that is not the checkpoint’s, unless the job names them', () => {
    expect(scheduleOf({ noise_schedule: 'linear' })).toMatchObject({
      curve: 'linear',
      betaStart: 0.0001,
      betaEnd: 0.02,
    });
    expect(scheduleOf({ noise_schedule: 'scaled_linear' })).toEqual(STABLE_DIFFUSION);
    const named = { noise_schedule: 'sigmoid', beta_start: 0.001, beta_end: 0.03, zero_terminal_snr: true };
    expect(scheduleOf(named)).toEqual({
      curve: 'sigmoid',
      betaStart: 0.001,
      betaEnd: 0.03,
      steps: 1000,
      zeroTerminalSnr: true,
    });
    expect(scheduleOf({ beta_end: 0.02 })).toEqual({ ...STABLE_DIFFUSION, betaEnd: 0.02 });
    expect(scheduleOf({ noise_schedule: 'squaredcos_cap_v2' }).curve).toBe('cosine');
  });
});

test('the tables of training end in pure noise with zero terminal SNR, and weights are those of before', () => {
  const settings = { min_snr_gamma: 5, zero_terminal_snr: true, v_parameterization: true };
  const { mixing, lossWeights } = timestepTables(job(settings), 'v_prediction', scheduleOf(settings));
  expect([mixing.signal[999], mixing.noise[999]]).toEqual([0, 1]);
  // sd-scripts computes the table of ratios before it rescales the betas: at the end min(snr, 5)/(snr + 1), not 0.
  const snr = createNoiseSchedule().snr[999] ?? NaN;
  expect(lossWeights[999]).toBeCloseTo(snr / (snr + 1), 8);
  expect(snr).toBeGreaterThan(0);
});

describe('checkpoint/terminal-snr: a model that predicts noise cannot end in pure noise', () => {
  const what =
    'With zero terminal SNR the last step is pure noise, and a model that predicts noise (epsilon) learns nothing from it and cannot begin a picture there';

  test('as the job wants it', () => {
    expect(reportOf(() => checkAgainstCheckpoint(job({ zero_terminal_snr: true }), sd1))).toMatchObject({
      code: 'checkpoint/terminal-snr',
      what,
      where: sd1.path,
      fix: 'Set v_parameterization = true if the checkpoint predicts velocity or shall learn to, or remove zero_terminal_snr.',
    });
    checkAgainstCheckpoint(job({ zero_terminal_snr: true, v_parameterization: true }), sd1);
  });

  test('as the checkpoint is marked', () => {
    const marked = { ...sd1, noiseSchedule: { ...STABLE_DIFFUSION, zeroTerminalSnr: true } };
    expect(reportOf(() => checkAgainstCheckpoint(job(), marked))).toMatchObject({
      what,
      fix: 'The checkpoint is marked so: set v_parameterization = true if it predicts velocity, or zero_terminal_snr = false.',
    });
    checkAgainstCheckpoint(job({ zero_terminal_snr: false }), marked);
    checkAgainstCheckpoint(job(), { ...marked, predictionType: 'v_prediction' });
  });
});

test('run/timesteps: the timesteps that are trained must be some of the schedule', () => {
  const short = { ...sd1, noiseSchedule: { ...STABLE_DIFFUSION, steps: 100 } };
  expect(reportOf(() => checkAgainstCheckpoint(job({ min_timestep: 100 }), short))).toMatchObject({
    code: 'run/timesteps',
    what: 'min_timestep = 100, but the noise schedule of this checkpoint has 100 timesteps only',
    fix: 'Set min_timestep below 100.',
  });
  checkAgainstCheckpoint(job({ min_timestep: 99 }), short);
});

test('run/noise: one end of the schedule that the job names must fit the other end, which it does not name', () => {
  const ends = (settings: Readonly<Record<string, unknown>>) =>
    reportOf(() => checkAgainstCheckpoint(job({ method: 'finetune', ...settings }), sd1));
  // The checkpoint's schedule goes from 0.00085 to 0.012, a linear one usually from 0.0001 to 0.02.
  expect(ends({ beta_start: 0.05 })).toMatchObject({
    code: 'run/noise',
    what: 'The noise schedule scaled_linear would fall from 0.05 to 0.012, but noise grows with the timestep',
    where: sd1.path,
    fix: 'Set beta_start to 0.012 or less, or set beta_end too.',
  });
  expect(ends({ noise_schedule: 'linear', beta_end: 0.00005 })).toMatchObject({
    what: 'The noise schedule linear would fall from 0.0001 to 0.00005, but noise grows with the timestep',
    fix: 'Set beta_end to 0.0001 or more.',
  });
});

test('a LoRA that is trained on another schedule than its checkpoint is warned of', () => {
  const warned = (settings: Readonly<Record<string, unknown>>): readonly string[] =>
    checkpointWarnings(job(settings), { ...sd1, predictionType: 'v_prediction' }).map(({ what }) => what);
  expect(warned({ noise_schedule: 'cosine', zero_terminal_snr: true })).toEqual([
    'The job trains with the noise schedule cosine (zero terminal SNR), but the checkpoint was trained with scaled_linear (0.00085 to 0.012)',
  ]);
  expect(warned({ beta_end: 0.02 })).toEqual([
    'The job trains with the noise schedule scaled_linear (0.00085 to 0.02), but the checkpoint was trained with scaled_linear (0.00085 to 0.012)',
  ]);
  expect(warned({ noise_schedule: 'scaled_linear', zero_terminal_snr: false })).toEqual([]);
  expect(warned({ noise_schedule: 'cosine', method: 'finetune' })).toEqual([]);
});
