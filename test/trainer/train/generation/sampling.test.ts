import { expect, test } from 'vitest';
import { UserError } from '../../../../trainer/base/errors.ts';
import { createNoiseSchedule } from '../../../../trainer/diffusion/noise-schedule.ts';
import { createSampler } from '../../../../trainer/diffusion/samplers/index.ts';
import { pictureOf } from '../../../../trainer/train/generation/decoder.ts';
import {
  decodingBytes,
  requireMemory,
  usualSide,
  wholeCells,
} from '../../../../trainer/train/generation/picture-size.ts';
import { requireFinite, sampleLatents } from '../../../../trainer/train/generation/sampling.ts';
import { networksOf } from '../../../../trainer/formats/random-checkpoint/sizes.ts';

const sampler = (steps: number) =>
  createSampler('euler_a', { schedule: createNoiseSchedule(), prediction: 'epsilon', steps });

const reportOf = async (work: Promise<unknown>) => {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  return (error as UserError).report;
};

test('the first noise begins the picture, the next ones feed the steps in order', async () => {
  const drawn: number[] = [];
  const drawNoise = (): Float32Array => Float32Array.of(drawn.push(drawn.length));
  const latents = await sampleLatents({ sampler: sampler(3), predict: (x) => Promise.resolve(x), drawNoise });
  expect(latents).toHaveLength(1);
  expect(drawn).toEqual([0, 1, 2, 3]);
});

test('an answer that is not a number ends the picture with a sentence that names the step', async () => {
  let asked = 0;
  const predict = (x: Float32Array): Promise<Float32Array> =>
    Promise.resolve(++asked === 2 ? x.map(() => Number.NaN) : x);
  const { code, what, details } = await reportOf(
    sampleLatents({ sampler: sampler(5), predict, drawNoise: () => Float32Array.of(1) }),
  );
  expect(code).toBe('generate/not-finite');
  expect(what).toBe("The model's answer is not a number (NaN) at step 2, so there is no picture");
  expect(details).toEqual({ place: 'step 2' });
  expect(asked).toBe(2);
});

test('infinity is no number either', () => {
  expect(() => requireFinite(Float32Array.of(0, Number.POSITIVE_INFINITY), 'decoding')).toThrow('at decoding');
});

test('a picture is -1 to 1 spread over 0 to 255, rounded and cut off, channels interleaved', () => {
  const size = { rows: 1, columns: 1 };
  const channel = (value: number): number[] => new Array<number>(64).fill(value);
  const { width, height, data } = pictureOf([...channel(-1.5), ...channel(0), ...channel(1)], size);
  expect([width, height]).toEqual([8, 8]);
  // (0 / 2 + 0.5) * 255 = 127.5
  expect([...data.subarray(0, 6)]).toEqual([0, 128, 255, 0, 128, 255]);
  expect(data).toHaveLength(192);
});

test('sides are rounded down to latent cells, and never below 64 pixels', () => {
  expect([0, 64, 71, 72, 100, 1023].map(wholeCells)).toEqual([64, 64, 64, 72, 96, 1016]);
});

test('without a size a picture is as large as those that the model was trained with', () => {
  expect(usualSide({ family: 'sd1' }, 'epsilon')).toBe(512);
  expect(usualSide({ family: 'sd2' }, 'epsilon')).toBe(512);
  expect(usualSide({ family: 'sd2' }, 'v_prediction')).toBe(768);
  expect(usualSide({ family: 'sdxl' }, 'epsilon')).toBe(1024);
  expect(usualSide({ family: 'sd1', side: 128 }, 'v_prediction')).toBe(128);
  // No picture can be that small or that large.
  expect(usualSide({ family: 'sd1', side: 8 }, 'epsilon')).toBe(512);
  expect(usualSide({ family: 'sd1', side: 80_000 }, 'epsilon')).toBe(512);
});

test('a picture that no memory holds is refused before anything is computed', async () => {
  const vae = { config: networksOf('sd1', 'full').vae, weights: new Map() };
  // The last level of the published autoencoder: 256 channels in, 128 out, f32, each twice.
  expect(decodingBytes({ vae }, 512, 512)).toBe(512 * 512 * 4 * 2 * (256 + 128));
  requireMemory({ vae }, 512, 512, 2 ** 30);
  const refused = Promise.resolve().then(() => requireMemory({ vae }, 8192, 8192, 16 * 2 ** 30));
  const { code, what } = await reportOf(refused);
  expect(code).toBe('generate/too-large');
  expect(what).toBe('A picture of 8192 x 8192 pixels needs about 192.0 GiB of memory, and this machine has 16.0 GiB');
});
