/**
 * `npm run base:colours`: the trained autoencoder with colours in all its latent channels (`colour-axes.ts`), from
 * which `decoder.toml` and `colours.toml` train on. It is written to `.cache/base-model/colour-start`.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Matrix } from 'ml-matrix';
import { must } from '../../trainer/base/errors.ts';
import type { Pictures } from '../../trainer/base/ports.ts';
import { f32, type F32Tensor, type Tensor } from '../../trainer/base/tensor.ts';
import { pixelsOf } from '../../trainer/data/augment.ts';
import type { Executor } from '../../trainer/exec/executor.ts';
import { createOrtExecutor } from '../../trainer/exec/ort/executor.ts';
import { openVae } from '../../trainer/formats/checkpoint/separate-vae.ts';
import { writeVae } from '../../trainer/formats/checkpoint/write.ts';
import type { VaeConfig } from '../../trainer/formats/configs.ts';
import { createBuilder } from '../../trainer/graph/builder.ts';
import { optimise } from '../../trainer/graph/passes/index.ts';
import { buildVaeFeatures, innermostChannels, VAE } from '../../trainer/models/vae/vae.ts';
import { machineFiles } from '../../trainer/platform/files.ts';
import { loadOnnxRuntime } from '../../trainer/platform/onnxruntime.ts';
import { createPictures } from '../../trainer/platform/pictures.ts';
import { cellOf } from '../../trainer/train/autoencoder/autoencoder-graph.ts';
import { readVaeValues, sourcesOf, type VaeValues } from '../../trainer/train/autoencoder/reconstructor.ts';
import type { Machine } from '../../trainer/train/machine.ts';
import { SIDE } from './canvas.ts';
import { spreadAxes, type PatchMoments } from './colour-axes.ts';

export const TRAINED_AUTOENCODER = '.cache/base-model/autoencoder/autoencoder';
export const COLOUR_START = '.cache/base-model/colour-start';
const PICTURES = '.cache/base-model/dataset/autoencoder/1_pictures';
/** Pictures, spread over the set: 65,536 patches. */
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

/** @param path  of a folder; an older one of that name is replaced */
export async function writeColourStart(
  machine: Pick<Machine, 'files' | 'pictures' | 'executor'>,
  path: string,
  { vae, pictures, side }: ColourStartOptions,
): Promise<void> {
  const { files } = machine;
  const { config, weights } = await openVae(files, vae, 'sd1');
  const values = await readVaeValues(files, weights);
  await using encoder = await openEncoder(machine.executor, { config, values, side });
  const moments = await measurePatches(machine.pictures, encoder, { pictures, side });
  const changed = withColours(config, values, moments);
  await writeVae(files, path, {
    config,
    weights: (name) => must(changed.get(name) ?? values.get(name)?.data, name),
    layout: 'diffusers',
    dtype: 'F32',
    family: 'sd1',
  });
}

interface Patches {
  /** A row for each latent cell: what a 3 x 3 kernel sees there, channel by channel, zeros outside; then 1. */
  readonly features: Matrix;
  /** Its mean Cb and Cr. */
  readonly colours: Matrix;
}

interface Encoder extends AsyncDisposable {
  /** @param picture f32 [3, side, side] in -1 … 1 */
  look(picture: F32Tensor): Promise<Patches>;
}

interface EncoderToOpen {
  readonly config: VaeConfig;
  readonly values: VaeValues;
  readonly side: number;
}

async function openEncoder(executor: Executor, { config, values, side }: EncoderToOpen): Promise<Encoder> {
  const g = createBuilder();
  const weights = { get: (name: string, shape: readonly number[]) => g.weight(name, shape) };
  const image = g.input('image', [1, RGB, side, side]);
  const cell = cellOf(config);
  const graph = g.finish({
    seen: buildVaeFeatures({ g, weights }, config, image),
    means: g.averagePool(image, { kernel: cell, stride: cell, pads: [0, 0, 0, 0] }),
  });
  const program = await executor.compile(optimise(graph), { weights: sourcesOf(values) });
  return {
    look: async ({ data }) => {
      const { seen, means } = await program.run({ image: f32([1, RGB, side, side], data) });
      const colours = must(means, 'mean colours').data;
      return {
        features: underKernel(must(seen, 'what the encoder saw')),
        colours: Matrix.from1DArray(RGB, colours.length / RGB, colours)
          .transpose()
          .mmul(CHROMA),
      };
    },
    [Symbol.asyncDispose]: async () => program[Symbol.asyncDispose](),
  };
}

function underKernel({ shape, data }: Tensor): Matrix {
  const [channels, height, width] = [1, 2, 3].map((axis) => must(shape[axis], 'an axis')) as [number, number, number];
  const patches = Matrix.ones(height * width, KERNEL ** 2 * channels + 1);
  const at = (channel: number, y: number, x: number): number =>
    y < 0 || x < 0 || y >= height || x >= width
      ? 0
      : Number(must(data[(channel * height + y) * width + x], 'a feature'));
  for (let place = 0; place < height * width; place++) {
    const [y, x] = [Math.floor(place / width), place % width];
    for (let column = 0; column < KERNEL ** 2 * channels; column++) {
      const [channel, tap] = [Math.floor(column / KERNEL ** 2), column % KERNEL ** 2];
      patches.set(place, column, at(channel, y + Math.floor(tap / KERNEL) - 1, x + (tap % KERNEL) - 1));
    }
  }
  return patches;
}

async function measurePatches(
  pictures: Pictures,
  encoder: Encoder,
  { pictures: paths, side }: Pick<ColourStartOptions, 'pictures' | 'side'>,
): Promise<PatchMoments> {
  const whole = { left: 0, top: 0, width: side, height: side };
  let sums: PatchMoments | undefined;
  let count = 0;
  for (const path of paths) {
    const picture = pixelsOf(await pictures.load(path, whole, whole), { flipped: false });
    const { features, colours } = await encoder.look(picture);
    const across = features.transpose();
    const [ofFeatures, ofColours] = [across.mmul(features), across.mmul(colours)];
    sums =
      sums === undefined
        ? { features: ofFeatures, colours: ofColours }
        : { features: sums.features.add(ofFeatures), colours: sums.colours.add(ofColours) };
    count += features.rows;
  }
  const { features, colours } = must(sums, 'a picture');
  return { features: features.div(count), colours: colours.div(count) };
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

/** From the trained autoencoder and the pictures that `base:dataset` drew. */
export async function makeColourStart(): Promise<void> {
  const names = existsSync(PICTURES) ? readdirSync(PICTURES).toSorted() : [];
  if (names.length === 0) throw new Error(`${PICTURES} has no pictures: draw them with "npm run base:dataset"`);
  const count = Math.min(LOOKED_AT, names.length);
  const executor = createOrtExecutor(await loadOnnxRuntime(), { provider: 'cpu' });
  await writeColourStart({ files: machineFiles(), pictures: createPictures(), executor }, COLOUR_START, {
    vae: TRAINED_AUTOENCODER,
    pictures: Array.from({ length: count }, (_, index) =>
      join(PICTURES, must(names[Math.floor((index * names.length) / count)], 'a picture')),
    ),
    side: SIDE,
  });
  console.log(`${COLOUR_START}: the autoencoder with colours in all its channels, to train on`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await makeColourStart();
