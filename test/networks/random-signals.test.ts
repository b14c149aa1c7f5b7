/**
 * What random weights are for: networks that run, with signals near 1 at every end.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { must } from '../../trainer/base/errors.ts';
import { f32, i32, type Tensor } from '../../trainer/base/tensor.ts';
import { openCheckpoint } from '../../trainer/formats/checkpoint/open.ts';
import { randomValues } from '../../trainer/formats/random-checkpoint/values.ts';
import { writeRandomCheckpoint } from '../../trainer/formats/random-checkpoint/write.ts';
import { symbol } from '../../trainer/graph/dims.ts';
import { hiddenStates, pooledText, TEXT_ENCODERS } from '../../trainer/models/clip/text-encoder.ts';
import { buildUNet } from '../../trainer/models/unet/unet.ts';
import { buildVaeDecoder, buildVaeEncoder } from '../../trainer/models/vae/vae.ts';
import { machineFiles } from '../../trainer/platform/files.ts';
import { runNetwork } from '../golden/model-goldens.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lora-loom-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Uniform numbers of standard deviation 1: the generator of weights with a fan-in of 1. */
const noise = (...shape: number[]): Tensor => {
  const count = shape.reduce((product, side) => product * side, 1);
  const pieces = [...randomValues(1, 'noise.weight', [count, 1])];
  return f32(shape, Float32Array.from(pieces.flatMap((piece) => [...piece])));
};

const deviation = ({ data }: Tensor): number => {
  const values = Float64Array.from(data);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
};

test.each(['sd1', 'sd2', 'sdxl'] as const)('%s: text, noise prediction and pictures stay near 1', async (family) => {
  const files = machineFiles();
  const path = join(folder, `${family}.safetensors`);
  await writeRandomCheckpoint(files, path, { family, size: 'tiny', layout: 'ldm', dtype: 'F32', seed: 3 });
  const checkpoint = await openCheckpoint(files, path);
  const { unet, vae, textEncoders } = checkpoint;
  const B = symbol('B');
  const found: Record<string, number> = {};
  const measure = (results: Readonly<Record<string, Tensor>>): void => {
    for (const [name, tensor] of Object.entries(results)) found[name] = deviation(tensor);
  };
  const ids = i32([1, 1, 77], [49406, ...Array.from({ length: 75 }, (_, index) => 320 + index * 7), 49407]);
  const end = f32(
    [1, 77],
    Float32Array.from({ length: 77 }, (_, index) => Number(index === 76)),
  );
  for (const [index, { config }] of textEncoders.entries()) {
    measure(
      await runNetwork(checkpoint, { ids, ...(config.projectionDim && { end }) }, (net) => {
        const encoder = { net, config, part: must(TEXT_ENCODERS[index], 'a part') };
        const input = net.g.input('ids', [B, 1, 77], 'i32');
        const last = must(hiddenStates(encoder, input, config.numHiddenLayers).at(-1), 'the last layer');
        const pooled = config.projectionDim && pooledText(encoder, last, input, net.g.input('end', [B, 77]));
        return { [`text ${index}`]: last, ...(pooled && { pooled }) };
      }),
    );
  }
  const { config } = unet;
  const width = config.timeEmbedDim / 4;
  const added = config.addition;
  const pooledSize = added ? added.projectionInputDim - 6 * added.timeEmbedDim : 0;
  measure(
    await runNetwork(
      checkpoint,
      {
        x: noise(1, 4, 16, 16),
        time: noise(1, width),
        text: noise(1, 77, config.crossAttentionDim),
        ...(added && { pooled: noise(1, pooledSize), sizes: noise(1, 6 * added.timeEmbedDim) }),
      },
      (net) => ({
        prediction: buildUNet(net, config, {
          latents: net.g.input('x', [B, 4, symbol('h'), symbol('w')]),
          timeEmbedding: net.g.input('time', [B, width]),
          text: net.g.input('text', [B, 77, config.crossAttentionDim]),
          ...(added && {
            added: {
              pooled: net.g.input('pooled', [B, pooledSize]),
              timeIds: net.g.input('sizes', [B, 6 * added.timeEmbedDim]),
            },
          }),
        }),
      }),
    ),
  );
  measure(
    await runNetwork(checkpoint, { image: noise(1, 3, 64, 64) }, (net) => {
      const { mean } = buildVaeEncoder(net, vae.config, net.g.input('image', [B, 3, symbol('H'), symbol('W')]));
      return { latents: mean, picture: buildVaeDecoder(net, vae.config, mean) };
    }),
  );
  // Measured: 0.16 (predictions, latents, pictures) to 1 (pooled text); the bounds leave a factor of 3 and more.
  for (const [name, size] of Object.entries(found)) {
    expect(size, name).toBeGreaterThan(0.05);
    expect(size, name).toBeLessThan(5);
  }
});
