/**
 * One step of autoencoder training, held against PyTorch: golden/full/autoencoder.*, made with the loss of latent
 * diffusion on the VAE of models/sd15 and a discriminator of two layers.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { must } from '../../trainer/base/errors.ts';
import { f32, type F32Tensor } from '../../trainer/base/tensor.ts';
import type { Fetches } from '../../trainer/exec/executor.ts';
import { createOrtExecutor } from '../../trainer/exec/ort/executor.ts';
import { openCheckpoint } from '../../trainer/formats/checkpoint/open.ts';
import { readHeader } from '../../trainer/formats/safetensors/header.ts';
import { readTensor } from '../../trainer/formats/safetensors/read.ts';
import { elementCount } from '../../trainer/base/tensor.ts';
import { machineFiles } from '../../trainer/platform/files.ts';
import { loadOnnxRuntime } from '../../trainer/platform/onnxruntime.ts';
import { gradientName } from '../../trainer/train/step-graph.ts';
import {
  autoencoderEntries,
  buildAutoencoderStep,
  type AutoencoderSpec,
} from '../../trainer/train/autoencoder/autoencoder-graph.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));
const files = machineFiles();

interface Golden {
  readonly nll: number;
  readonly kl: number;
  readonly generator: number;
  readonly adaptive_weight: number;
  readonly total: number;
  readonly discriminator: number;
  readonly logits_real: number;
  readonly logits_fake: number;
  readonly logvar_grad: number;
  readonly grads: Readonly<Record<string, number>>;
  readonly discriminator_grads: Readonly<Record<string, number>>;
}

const golden = JSON.parse(readFileSync(`${folder}full/autoencoder.json`, 'utf8')) as Golden;
const checkpoint = await openCheckpoint(files, `${folder}models/sd15/sd15-tiny.safetensors`);

const spec: AutoencoderSpec = {
  vae: checkpoint.vae.config,
  reconstruction: 'l1',
  averaging: 'sum',
  klWeight: 1e-6,
  learnedLogVariance: true,
  discriminator: { channels: 16, layers: 2, weight: 0.5 },
  size: { H: 32, W: 48 },
};

describe('the step of latent diffusion’s autoencoder', () => {
  let found: Fetches;

  beforeAll(async () => {
    const { tensors } = await readHeader(files, `${folder}full/autoencoder.safetensors`);
    const read = async (name: string): Promise<F32Tensor> => {
      const place = must(tensors.get(name), name);
      return f32(place.shape, await readTensor(files, place));
    };
    const parameters: Record<string, F32Tensor> = {};
    for (const { name, part, shape } of autoencoderEntries(spec)) {
      const own = name.slice(part.length + 1);
      if (part === 'vae') {
        const ref = must(checkpoint.vae.weights.get(own), own);
        parameters[name] = f32(shape, await readTensor(files, ref));
      } else parameters[name] = part === 'loss' ? f32([], [0]) : await read(`discriminator.${own}`);
    }
    const { graph } = buildAutoencoderStep(spec);
    const executor = createOrtExecutor(await loadOnnxRuntime(), { provider: 'cpu', threads: 2 });
    await using program = await executor.compile(graph, { largest: { B: 2 } });
    found = await program.run({
      ...parameters,
      pixels: await read('image'),
      noise: await read('epsilon'),
      discriminator_factor: f32([], [1]),
    });
  });

  const one = (name: string): number => must(found[name]?.data[0], name);
  const norm = (name: string): number => Math.hypot(...must(found[name], name).data);

  test('losses, logits and the adaptive weight', () => {
    // Sums of 9216 errors in f32: 1e-5, as the networks' own outputs agree; the hinge has a mean of 60 logits.
    const pairs = [
      ['reconstruction', golden.nll],
      ['kl', golden.kl],
      ['generator', golden.generator],
      ['adaptive_weight', golden.adaptive_weight],
      ['loss', golden.total],
      ['discriminator', golden.discriminator],
      ['real_logits', golden.logits_real],
      ['fake_logits', golden.logits_fake],
    ] as const;
    for (const [name, expected] of pairs) expect(one(name) / expected, name).toBeCloseTo(1, 4);
  });

  test('the norm of every gradient', () => {
    const expected: Record<string, number> = { 'loss/logvar': golden.logvar_grad };
    for (const [name, value] of Object.entries(golden.grads)) expected[`vae/${name}`] = value;
    for (const [name, value] of Object.entries(golden.discriminator_grads)) expected[`discriminator/${name}`] = value;
    expect(Object.keys(expected).toSorted()).toEqual(
      autoencoderEntries(spec)
        .map(({ name }) => name)
        .toSorted(),
    );
    for (const [name, value] of Object.entries(expected)) {
      const own = norm(gradientName(name));
      // A bias before a norm has no gradient but rounding: less than 1e-6 of its neighbours'.
      if (value < 1e-3) expect(own, name).toBeLessThan(1e-2);
      else expect(own / value, name).toBeCloseTo(1, 3);
    }
  });

  test('the entries have the sizes of the checkpoint’s weights', () => {
    for (const { name, part, shape } of autoencoderEntries(spec)) {
      if (part === 'vae')
        expect(must(checkpoint.vae.weights.get(name.slice(4)), name).byteLength / 2).toBe(elementCount(shape));
    }
  });
});
