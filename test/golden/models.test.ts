import { describe, expect, test } from 'vitest';
import { must } from '../../trainer/base/errors.ts';
import { f32, type Tensor } from '../../trainer/base/tensor.ts';
import { timestepEmbedding } from '../../trainer/diffusion/timestep-embedding.ts';
import type { UNetConfig } from '../../trainer/formats/configs.ts';
import { symbol } from '../../trainer/graph/dims.ts';
import type { Value } from '../../trainer/graph/graph.ts';
import { finalNorm, hiddenStates, pooledText, TEXT_ENCODERS } from '../../trainer/models/clip/text-encoder.ts';
import { buildUNet } from '../../trainer/models/unet/unet.ts';
import { buildVaeDecoder, buildVaeEncoder } from '../../trainer/models/vae/vae.ts';
import type { Network } from '../../trainer/nn/network.ts';
import { endMask, expectGolden, FAMILIES, idsFor, openGolden, runNetwork, type ModelGolden } from './model-goldens.ts';

const B = symbol('B');

describe.each(FAMILIES)('the networks of %s give the numbers of diffusers and transformers', async (family) => {
  const golden = await openGolden(family);
  const { checkpoint } = golden;

  test.each([...checkpoint.textEncoders.keys()])(
    'text encoder %i: every layer, the last norm, pooled text',
    async (index) => {
      const found = await encodeText(golden, index);
      for (const [name, tensor] of Object.entries(found)) expectGolden(golden, `te${index}.${name}`, tensor);
      // Guards against a golden that silently lost its tensors: embeddings, layers, the last norm, SDXL's pooled text.
      const layers = must(checkpoint.textEncoders[index], 'an encoder').config.numHiddenLayers;
      expect(Object.keys(found)).toHaveLength(layers + 2 + (index === 1 ? 1 : 0));
    },
  );

  test.each(['square', 'wide'])('UNet, %s', async (shape) => {
    const { out } = await predict(golden, shape);
    expectGolden(golden, `unet.${shape}.out`, out);
  });

  test('autoencoder: moments and decoded mean', async () => {
    const { config } = checkpoint.vae;
    const found = await runNetwork(checkpoint, { image: must(golden.expected.get('vae.image'), 'image') }, (net) => {
      const image = net.g.input('image', [B, 3, symbol('H'), symbol('W')]);
      const { mean, logVariance } = buildVaeEncoder(net, config, image);
      return { mean, logvar: logVariance, decoded: buildVaeDecoder(net, config, mean) };
    });
    for (const name of ['mean', 'logvar', 'decoded']) expectGolden(golden, `vae.${name}`, found[name]);
  });
});

async function encodeText(golden: ModelGolden, index: number) {
  const { config } = must(golden.checkpoint.textEncoders[index], 'a text encoder');
  const pooled = config.projectionDim !== undefined;
  const feeds = { ids: idsFor(golden, index), ...(pooled ? { end: endMask(golden) } : {}) };
  return runNetwork(golden.checkpoint, feeds, (net) => {
    const encoder = { net, config, part: must(TEXT_ENCODERS[index], 'a part') };
    const ids = net.g.input('ids', [B, 1, 77], 'i32');
    const states = hiddenStates(encoder, ids, config.numHiddenLayers);
    const last = must(states.at(-1), 'the last layer');
    return {
      ...Object.fromEntries(states.map((state, layer) => [`hidden.${layer}`, state])),
      last: finalNorm(encoder, last),
      ...(pooled ? { text_embeds: pooledText(encoder, last, ids, net.g.input('end', [B, 77])) } : {}),
    };
  });
}

async function predict(golden: ModelGolden, shape: string) {
  const { config } = golden.checkpoint.unet;
  const read = (name: string): Tensor => must(golden.expected.get(name), name);
  const feeds = {
    x: read(`unet.${shape}.x`),
    time: sinusoids(read(`unet.${shape}.t`), config.timeEmbedDim / 4),
    text: read(`unet.${shape}.context`),
    ...(config.addition === undefined
      ? {}
      : {
          pooled: firstRows(read('te1.text_embeds'), 2),
          sizes: sinusoids(read(`unet.${shape}.time_ids`), config.addition.timeEmbedDim),
        }),
  };
  return runNetwork(golden.checkpoint, feeds, (net) => ({ out: unetOf(net, config) }));
}

function unetOf(net: Network, config: UNetConfig): Value {
  const { g } = net;
  const { addition } = config;
  return buildUNet(net, config, {
    latents: g.input('x', [B, 4, symbol('h'), symbol('w')]),
    timeEmbedding: g.input('time', [B, config.timeEmbedDim / 4]),
    text: g.input('text', [B, 77, config.crossAttentionDim]),
    ...(addition === undefined
      ? {}
      : {
          added: {
            pooled: g.input('pooled', [B, addition.projectionInputDim - 6 * addition.timeEmbedDim]),
            timeIds: g.input('sizes', [B, 6 * addition.timeEmbedDim]),
          },
        }),
  });
}

/** [N] -> [N, width]; [N, 6] -> [N, 6·width] */
function sinusoids({ shape, data }: Tensor, width: number): Tensor {
  const [samples = 0, perSample = 1] = shape;
  return f32([samples, perSample * width], timestepEmbedding(data, { width, flipSinToCos: true, frequencyShift: 0 }));
}

function firstRows({ shape, data }: Tensor, rows: number): Tensor {
  const [, width = 0] = shape;
  return f32([rows, width], Float32Array.from(data.subarray(0, rows * width)));
}
