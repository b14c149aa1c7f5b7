/**
 * Pictures of checkpoints with noise schedules of their own, by the tiny checkpoints.
 */
import { expect, test } from 'vitest';
import { UserError } from '../../../../trainer/base/errors.ts';
import type { SamplePrompt } from '../../../../trainer/diffusion/sample-prompts.ts';
import { SAMPLER_NAMES } from '../../../../trainer/diffusion/samplers/index.ts';
import { STABLE_DIFFUSION } from '../../../../trainer/formats/checkpoint/scheduler-config.ts';
import { drawPictures, type DrawHooks } from '../../../../trainer/train/generation/draw.ts';
import type { DrawingModel } from '../../../../trainer/train/generation/model.ts';
import { tinyModel } from './tiny-models.ts';

const PROMPT: SamplePrompt = {
  prompt: 'a dog',
  negativePrompt: '',
  width: 64,
  height: 64,
  steps: 3,
  scale: 1,
  sampler: 'ddim',
};
const TERMINAL = { ...STABLE_DIFFUSION, zeroTerminalSnr: true };

async function pixelsOf(model: DrawingModel, prompt: Partial<SamplePrompt> = {}, hooks: DrawHooks = {}) {
  const pictures = [];
  for await (const { picture } of drawPictures(model, [{ prompt: { ...PROMPT, ...prompt }, seed: 5 }], hooks))
    pictures.push(picture.data);
  expect(pictures).toHaveLength(1);
  return pictures[0];
}

test('every sampler draws on a schedule that ends in pure noise, and not what it draws on another', async () => {
  const model = await tinyModel('sd21');
  for (const sampler of SAMPLER_NAMES) {
    const plain = await pixelsOf({ ...model, prediction: 'v_prediction' }, { sampler });
    const rescaled = await pixelsOf({ ...model, prediction: 'v_prediction', noiseSchedule: TERMINAL }, { sampler });
    expect(rescaled, sampler).not.toEqual(plain);
  }
});

test('checkpoint/terminal-snr: a model that predicts noise cannot begin a picture in pure noise', async () => {
  const model = await tinyModel('sd15', { noiseSchedule: TERMINAL });
  const error: unknown = await pixelsOf(model).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).report).toMatchObject({
    code: 'checkpoint/terminal-snr',
    where: model.checkpoint.path,
    fix: 'The checkpoint is marked so: if it predicts velocity, say so, by --v-prediction or by v_parameterization = true in the job.',
  });
});

test('a schedule of few timesteps shortens the pictures that ask for more, and says so', async () => {
  const model = await tinyModel('sd15', { noiseSchedule: { ...STABLE_DIFFUSION, steps: 4 } });
  const warnings: string[] = [];
  const steps: (readonly number[])[] = [];
  const hooks: DrawHooks = {
    onWarning: (what) => void warnings.push(what),
    onStep: (_, done, of) => void steps.push([done, of]),
  };
  await pixelsOf(model, { steps: 30 }, hooks);
  expect(warnings).toEqual(['The noise schedule of this checkpoint has 4 timesteps, so no picture takes more steps']);
  expect(steps.at(-1)).toEqual([4, 4]);
});
