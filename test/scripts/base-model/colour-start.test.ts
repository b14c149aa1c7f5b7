import { Matrix } from 'ml-matrix';
import { beforeAll, expect, test } from 'vitest';
import { writeColourStart } from '../../../scripts/base-model/colour-start.ts';
import { createGenerator } from '../../../trainer/base/random.ts';
import { pixelsOf } from '../../../trainer/data/augment.ts';
import { createOrtExecutor } from '../../../trainer/exec/ort/executor.ts';
import { writeInitialVae } from '../../../trainer/formats/checkpoint/initial.ts';
import { openVae } from '../../../trainer/formats/checkpoint/separate-vae.ts';
import { readTensor } from '../../../trainer/formats/safetensors/read.ts';
import { loadOnnxRuntime } from '../../../trainer/platform/onnxruntime.ts';
import { createPictures } from '../../../trainer/platform/pictures.ts';
import { openReconstructor, readVaeValues } from '../../../trainer/train/autoencoder/reconstructor.ts';
import { settingsFiles, smallModel } from '../../trainer/formats/checkpoint/model-settings.ts';
import { unexplained } from './least-squares.ts';

const SIDE = 64;
const PICTURES = Array.from({ length: 24 }, (_, index) => `${index}.png`);
const files = settingsFiles(smallModel());
const executor = createOrtExecutor(await loadOnnxRuntime(), { provider: 'cpu' });

/** Four quarters in colours of their own, 8 bits a channel. */
function paint(name: string): Uint8Array {
  const random = createGenerator(Number.parseInt(name) + 1);
  const colours = Array.from({ length: 4 }, () => [random.below(256), random.below(256), random.below(256)]);
  return Uint8Array.from({ length: 3 * SIDE ** 2 }, (_, index) => {
    const [y, x] = [Math.floor(index / 3 / SIDE), Math.floor(index / 3) % SIDE];
    return colours[2 * Math.floor((2 * y) / SIDE) + Math.floor((2 * x) / SIDE)]?.[index % 3] ?? 0;
  });
}

const pictures = {
  ...createPictures(),
  load: (path: string) => Promise.resolve({ width: SIDE, height: SIDE, data: paint(path) }),
};

interface Seen {
  /** A row for each latent cell. */
  readonly latents: Matrix;
  /** What red has more than green there, on average. */
  readonly redness: readonly number[];
}

async function look(vae: string): Promise<Seen> {
  const { config, weights } = await openVae(files, vae, 'sd1');
  await using reconstructor = await openReconstructor(executor, config, await readVaeValues(files, weights));
  const cells = SIDE / 8;
  const rows: number[][] = [];
  const redness: number[] = [];
  for (const name of PICTURES) {
    const picture = pixelsOf({ width: SIDE, height: SIDE, data: paint(name) }, { flipped: false });
    const { latents } = await reconstructor.reconstruct(picture);
    for (let cell = 0; cell < cells ** 2; cell++) {
      rows.push([0, 1, 2, 3].map((channel) => latents.data[channel * cells ** 2 + cell] ?? 0));
      // Every cell lies within one quarter.
      const pixel = 8 * (Math.floor(cell / cells) * SIDE + (cell % cells));
      redness.push((picture.data[pixel] ?? 0) - (picture.data[SIDE ** 2 + pixel] ?? 0));
    }
  }
  return { latents: new Matrix(rows), redness };
}

let before: Seen;
let after: Seen;

beforeAll(async () => {
  await writeInitialVae(files, 'run/vae', { configFolder: 'settings', seed: 1 });
  await writeColourStart({ files, pictures, executor }, 'run/start', {
    vae: 'run/vae',
    pictures: PICTURES,
    side: SIDE,
  });
  [before, after] = [await look('run/vae'), await look('run/start')];
});

test('the latents of the new autoencoder tell the colours that those of the old one did not', () => {
  expect(unexplained(before.latents, before.redness)).toBeGreaterThan(0.9);
  expect(unexplained(after.latents, after.redness)).toBeLessThan(0.6);
});

test('its channels have mean 0, and those of colour the deviations that they were given', () => {
  const deviations = after.latents.standardDeviation('column', { unbiased: false });
  for (const mean of after.latents.mean('column')) expect(Math.abs(mean)).toBeLessThan(1e-3 * (deviations[0] ?? 0));
  const [loudest = 0, , third = 0, fourth = 0] = deviations;
  expect(third / loudest).toBeCloseTo(0.5, 3);
  expect(fourth / loudest).toBeCloseTo(0.4, 3);
});

async function weightsIn(vae: string, name: string): Promise<readonly number[]> {
  const ref = (await openVae(files, vae, 'sd1')).weights.get(name);
  return ref === undefined ? [] : [...(await readTensor(files, ref))];
}

test('of the two axes that stay the decoder gets what it got before', async () => {
  const reaching = async (vae: string, { latents }: Seen): Promise<Matrix> => {
    const post = Matrix.from1DArray(4, 4, [...(await weightsIn(vae, 'post_quant_conv.weight'))]);
    return latents.mmul(post.transpose()).addRowVector([...(await weightsIn(vae, 'post_quant_conv.bias'))]);
  };
  const [old, all] = [await reaching('run/vae', before), await reaching('run/start', after)];
  expect(all.mean('column')[0]).toBeCloseTo(old.mean('column')[0] ?? Number.NaN, 4);
  const quiet = after.latents.clone();
  for (const channel of [2, 3]) quiet.setColumn(channel, Array<number>(quiet.rows).fill(0));
  const stayed = await reaching('run/start', { ...after, latents: quiet });
  const variance = old.clone().center('column').norm() ** 2;
  // What the two quiet axes had.
  expect(Matrix.sub(old, stayed).norm() ** 2 / variance).toBeLessThan(0.2);
});

test('the posterior is narrow, and of one width', async () => {
  const bias = await weightsIn('run/start', 'encoder.conv_out.bias');
  const [loudest = 0] = after.latents.standardDeviation('column', { unbiased: false });
  for (const logVariance of bias.slice(4)) expect(Math.exp(logVariance / 2) / loudest).toBeCloseTo(0.03, 4);
});

test('all else of the autoencoder is as it was', async () => {
  for (const name of ['encoder.conv_in.weight', 'decoder.conv_in.weight', 'decoder.conv_out.bias']) {
    expect(await weightsIn('run/start', name)).toEqual(await weightsIn('run/vae', name));
    expect(await weightsIn('run/start', name)).not.toEqual([]);
  }
});
