import { describe, expect, test } from 'vitest';
import { UserError } from '../../../../trainer/base/errors.ts';
import {
  readSchedulerConfig,
  readSchedulerMetadata,
  sameSchedule,
  scheduleTitle,
  schedulerConfigJson,
  STABLE_DIFFUSION,
  type NoiseScheduleSettings,
} from '../../../../trainer/formats/checkpoint/scheduler-config.ts';

const read = (json: Readonly<Record<string, unknown>>) => readSchedulerConfig('scheduler_config.json', json);

function reportOf(work: () => unknown) {
  try {
    work();
  } catch (error) {
    if (error instanceof UserError) return error.report;
  }
  throw new Error('nothing was refused');
}

test("the settings of Stable Diffusion's own folders are read as they are", () => {
  // scheduler/scheduler_config.json of SD 2.1 768, without what only says how to sample.
  const published = {
    beta_end: 0.012,
    beta_schedule: 'scaled_linear',
    beta_start: 0.00085,
    num_train_timesteps: 1000,
    prediction_type: 'v_prediction',
    trained_betas: null,
  };
  expect(read(published)).toEqual({ noiseSchedule: STABLE_DIFFUSION, predictionType: 'v_prediction' });
});

test('fields that are left out have the defaults of diffusers', () => {
  const expected = { curve: 'linear', betaStart: 0.0001, betaEnd: 0.02, steps: 1000, zeroTerminalSnr: false };
  expect(read({})).toEqual({ noiseSchedule: expected, predictionType: 'epsilon' });
  expect(read({ beta_schedule: null, prediction_type: null })).toEqual(read({}));
});

test.each([
  { ...STABLE_DIFFUSION, zeroTerminalSnr: true },
  { curve: 'linear', betaStart: 0.0001, betaEnd: 0.02, steps: 1000, zeroTerminalSnr: false },
  { curve: 'cosine', betaStart: 0.0001, betaEnd: 0.02, steps: 200, zeroTerminalSnr: true },
  { curve: 'sigmoid', betaStart: 0.001, betaEnd: 0.001, steps: 2, zeroTerminalSnr: false },
] satisfies NoiseScheduleSettings[])('$curve is written so that it is read as it was, in either layout', (schedule) => {
  for (const predictionType of ['epsilon', 'v_prediction'] as const) {
    const settings = { noiseSchedule: schedule, predictionType };
    const json = schedulerConfigJson(settings);
    expect(read(json)).toEqual(settings);
    expect(readSchedulerMetadata('model.safetensors', JSON.stringify(json))).toEqual(settings);
  }
});

test('a schedule that ends in pure noise asks other programs to begin there', () => {
  const spacing = (noiseSchedule: NoiseScheduleSettings): unknown =>
    schedulerConfigJson({ noiseSchedule, predictionType: 'v_prediction' })['timestep_spacing'];
  expect(spacing({ ...STABLE_DIFFUSION, zeroTerminalSnr: true })).toBe('trailing');
  expect(spacing(STABLE_DIFFUSION)).toBe('leading');
});

describe('checkpoint/scheduler', () => {
  test.each([
    ['beta_schedule', 'exponential', '"exponential"'],
    ['beta_schedule', 'constructor', '"constructor"'],
    ['beta_schedule', 3, '3'],
    ['trained_betas', [0.1, 0.2], '[0.1,0.2]'],
    ['beta_start', 0, '0'],
    ['beta_start', '0.1', '"0.1"'],
    ['beta_end', 1, '1'],
    ['beta_end', 0.00001, '0.00001'],
    ['num_train_timesteps', 1, '1'],
    ['num_train_timesteps', 4000, '4000'],
    ['num_train_timesteps', 10.5, '10.5'],
    ['prediction_type', 'sample', '"sample"'],
    ['use_flow_sigmas', true, 'true'],
  ])('%s = %j is refused by name and value', (field, value, shown) => {
    const report = reportOf(() => read({ [field]: value }));
    expect(report).toMatchObject({ code: 'checkpoint/scheduler', where: 'scheduler_config.json', details: { field } });
    expect(report.what).toBe(
      `The noise schedule of this checkpoint is none that LoRA Loom has: "${field}" is ${shown}`,
    );
    expect(report.fix).toMatch(/^Choose another base model, or if you know better, write .+\.$/);
  });

  test('long values are cut, and text that is no JSON object is refused', () => {
    expect(reportOf(() => read({ trained_betas: Array(1000).fill(0.5) })).what.length).toBeLessThan(220);
    for (const text of ['', '[]', '{', 'null']) {
      expect(reportOf(() => readSchedulerMetadata('m.safetensors', text))).toMatchObject({ where: 'm.safetensors' });
    }
  });
});

test('schedules are the same where all their betas are', () => {
  const cosine = { ...STABLE_DIFFUSION, curve: 'cosine' } as const;
  expect(sameSchedule(cosine, { ...cosine, betaStart: 0.0001, betaEnd: 0.02 })).toBe(true);
  expect(sameSchedule(STABLE_DIFFUSION, { ...STABLE_DIFFUSION })).toBe(true);
  for (const change of [{ betaStart: 0.001 }, { betaEnd: 0.02 }, { steps: 999 }, { zeroTerminalSnr: true }]) {
    expect(sameSchedule(STABLE_DIFFUSION, { ...STABLE_DIFFUSION, ...change })).toBe(false);
  }
  expect(sameSchedule(STABLE_DIFFUSION, cosine)).toBe(false);
});

test('a schedule is told to people by its curve, its ends and its end', () => {
  expect(scheduleTitle(STABLE_DIFFUSION)).toBe('scaled_linear (0.00085 to 0.012)');
  expect(scheduleTitle({ ...STABLE_DIFFUSION, zeroTerminalSnr: true })).toBe(
    'scaled_linear (0.00085 to 0.012, zero terminal SNR)',
  );
  expect(scheduleTitle({ ...STABLE_DIFFUSION, curve: 'cosine' })).toBe('cosine');
});
