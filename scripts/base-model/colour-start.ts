/**
 * `npm run base:colours`: the trained autoencoder with colours in all its latent channels (`colour-axes.ts`), from which
 * `colours.toml` trains on. It is written to `.cache/base-model/colour-start`.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Matrix } from 'ml-matrix';
import { must } from '../../trainer/base/errors.ts';
import type { Files, Pictures } from '../../trainer/base/ports.ts';
import { f32, type F32Tensor, type Tensor } from '../../trainer/base/tensor.ts';
import type { Executor } from '../../trainer/exec/executor.ts';
import { createOrtExecutor } from '../../trainer/exec/ort/executor.ts';
import { openVae } from '../../trainer/formats/checkpoint/separate-vae.ts';
import { writeVae } from '../../trainer/formats/checkpoint/write.ts';
import type { VaeConfig } from '../../trainer/formats/configs.ts';
import { readTensor } from '../../trainer/formats/safetensors/read.ts';
import { pixelsOf } from '../../trainer/data/augment.ts';
import { createBuilder } from '../../trainer/graph/builder.ts';
import { optimise } from '../../trainer/graph/passes/index.ts';
import { buildVaeFeatures, VAE } from '../../trainer/models/vae/vae.ts';
import { machineFiles } from '../../trainer/platform/files.ts';
import { loadOnnxRuntime } from '../../trainer/platform/onnxruntime.ts';
import { createPictures } from '../../trainer/platform/pictures.ts';
import { sourcesOf, type VaeValues } from '../../trainer/train/autoencoder/reconstructor.ts';
import { SIDE } from './canvas.ts';
import { spreadAxes, type PatchMoments } from './colour-axes.ts';

export const AUTOENCODER = '.cache/base-model/autoencoder/autoencoder';
export const COLOUR_START = '.cache/base-model/colour-start';
const PICTURES = '.cache/base-model/dataset/autoencoder/1_pictures';
/** Of all; 65,536 patches. */
const LOOKED_AT = 256;
/** Of the channels that are given colours, in units of the loudest axis that stays. */
const DEVIATIONS = [0.5, 0.4];
/** Of the posterior, in the same units. */
const POSTERIOR = 0.03;
const KERNEL = 3;
const RGB = 3;
/** Red, green and blue to Cb and Cr: ITU-R BT.601, as in JPEG. */
const CHROMA = new Matrix([
  [-0.168736, 0.5],
  [-0.331264, -0.418688],
  [0.5, -0.081312],
]);

export interface ColourStartOptions {
  readonly vae: string;
  /** Paths of pictures, spread over all. */
  readonly pictures: readonly string[];
  /** Pixels of their sides. */
  readonly side: number;
}

export interface ColourStartMachine {
  readonly files: Files;
  readonly pictures: Pictures;
  readonly executor: Executor;
}

/** @param path  of a folder; an older one of that name is replaced */
export async function writeColourStart(
  { files, pictures, executor }: ColourStartMachine,
  path: string,
  options: ColourStartOptions,
): Promise<void> {
  const { config, weights } = await openVae(files, options.vae, 'sd1');
  const values = new Map<string, F32Tensor>();
  for (const [name, ref] of weights) values.set(`${VAE}/${name}`, f32(ref.shape, await readTensor(files, ref)));
  const changed = withColours(config, values, await lookAt({ pictures, executor }, config, values, options));
  await writeVae(files, path, {
    config,
    weights: (name) => must(changed.get(name) ?? values.get(name)?.data, name),
    layout: 'diffusers',
    dtype: 'F32',
    family: 'sd1',
  });
}

async function lookAt(
  { pictures, executor }: Pick<ColourStartMachine, 'pictures' | 'executor'>,
  config: VaeConfig,
  values: VaeValues,
  { pictures: paths, side }: ColourStartOptions,
): Promise<PatchMoments> {
  const g = createBuilder();
  const weights = { get: (name: string, shape: readonly number[]) => g.weight(name, shape) };
  const image = g.input('image', [1, RGB, side, side]);
  const graph = optimise(g.finish({ seen: buildVaeFeatures({ g, weights }, config, image) }));
  await using program = await executor.compile(graph, { weights: sourcesOf(values) });

  const whole = { left: 0, top: 0, width: side, height: side };
  const length = KERNEL ** 2 * innermostChannels(config) + 1;
  const features = Matrix.zeros(length, length);
  const colours = Matrix.zeros(length, CHROMA.columns);
  for (const path of paths) {
    const picture = pixelsOf(await pictures.load(path, whole, whole), { flipped: false });
    const { seen } = await program.run({ image: f32([1, RGB, side, side], picture.data) });
    const rows = underKernel(must(seen, 'what the encoder saw'));
    const across = rows.transpose();
    features.add(across.mmul(rows));
    colours.add(across.mmul(meanColours(picture, side / Math.sqrt(rows.rows))));
  }
  const patches = features.get(length - 1, length - 1);
  return { features: features.div(patches), colours: colours.div(patches) };
}

/** [1, C, h, w] -> a row for each cell: what a 3 x 3 kernel sees there, channel by channel, zeros outside; then 1. */
function underKernel({ shape, data }: Tensor): Matrix {
  const [, channels = 0, height = 0, width = 0] = shape;
  const rows = Matrix.ones(height * width, KERNEL ** 2 * channels + 1);
  const at = (channel: number, y: number, x: number): number =>
    y < 0 || x < 0 || y >= height || x >= width ? 0 : Number(data[(channel * height + y) * width + x]);
  for (let cell = 0; cell < height * width; cell++) {
    const [y, x] = [Math.floor(cell / width), cell % width];
    for (let column = 0; column < KERNEL ** 2 * channels; column++) {
      const [channel, tap] = [Math.floor(column / KERNEL ** 2), column % KERNEL ** 2];
      rows.set(cell, column, at(channel, y + Math.floor(tap / KERNEL) - 1, x + (tap % KERNEL) - 1));
    }
  }
  return rows;
}

/** f32 [3, side, side] -> a row for each square of `square` pixels: its mean Cb and Cr. */
function meanColours({ shape, data }: F32Tensor, square: number): Matrix {
  const [channels = 0, side = 0] = shape;
  const squares = side / square;
  const means = Matrix.zeros(squares ** 2, channels);
  for (const [index, value] of data.entries()) {
    const [channel, y, x] = [Math.floor(index / side ** 2), Math.floor(index / side) % side, index % side];
    const cell = Math.floor(y / square) * squares + Math.floor(x / square);
    means.set(cell, channel, means.get(cell, channel) + value / square ** 2);
  }
  return means.mmul(CHROMA);
}

/** The six tensors around the latents, by name. */
function withColours(config: VaeConfig, values: VaeValues, moments: PatchMoments): ReadonlyMap<string, Float32Array> {
  const { latentChannels: channels } = config;
  const matrix = (name: string, columns: number): Matrix => {
    const { data } = must(values.get(`${VAE}/${name}`), name);
    return Matrix.from1DArray(data.length / columns, columns, data);
  };
  const inner = KERNEL ** 2 * innermostChannels(config);
  const packed = matrix('encoder.conv_out.weight', inner).addColumn(inner, matrix('encoder.conv_out.bias', 1));
  const quant = matrix('quant_conv.weight', 2 * channels).subMatrix(0, channels - 1, 0, 2 * channels - 1);
  const latents = quant.mmul(packed);
  const quantBias = matrix('quant_conv.bias', 1);
  for (let row = 0; row < channels; row++) latents.set(row, inner, latents.get(row, inner) + quantBias.get(row, 0));

  const { rows, back, mean, loudest } = spreadAxes({ ...moments, latents, deviations: DEVIATIONS });
  const post = matrix('post_quant_conv.weight', channels);
  const quiet = Matrix.zeros(channels, inner);
  const logVariance = 2 * Math.log(POSTERIOR * loudest);
  return new Map(
    Object.entries({
      'encoder.conv_out.weight': [...rows.subMatrix(0, channels - 1, 0, inner - 1).to1DArray(), ...quiet.to1DArray()],
      'encoder.conv_out.bias': [...rows.getColumn(inner), ...Array<number>(channels).fill(logVariance)],
      'quant_conv.weight': Matrix.eye(2 * channels).to1DArray(),
      'quant_conv.bias': Array<number>(2 * channels).fill(0),
      'post_quant_conv.weight': post.mmul(back).to1DArray(),
      'post_quant_conv.bias': matrix('post_quant_conv.bias', 1).add(post.mmul(mean)).to1DArray(),
    }).map(([name, numbers]) => [`${VAE}/${name}`, Float32Array.from(numbers)]),
  );
}

const innermostChannels = ({ blockOutChannels }: VaeConfig): number => must(blockOutChannels.at(-1), 'a level');

/** From the trained autoencoder and the pictures that `base:dataset` drew. */
export async function makeColourStart(): Promise<void> {
  const names = readdirSync(PICTURES).toSorted();
  const step = names.length / LOOKED_AT;
  const executor = createOrtExecutor(await loadOnnxRuntime(), { provider: 'cpu' });
  await writeColourStart({ files: machineFiles(), pictures: createPictures(), executor }, COLOUR_START, {
    vae: AUTOENCODER,
    pictures: Array.from({ length: LOOKED_AT }, (_, index) =>
      join(PICTURES, must(names[Math.floor(index * step)], 'a picture')),
    ),
    side: SIDE,
  });
  console.log(`${COLOUR_START}: the autoencoder with colours in all its channels, to train on`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await makeColourStart();
