import { describe, expect, test } from 'vitest';
import { showShape } from '../../../trainer/graph/dims.ts';
import type { Graph } from '../../../trainer/graph/graph.ts';
import { buildUNet, latentMultiple } from '../../../trainer/models/unet/unet.ts';
import { B, listedNetwork, unetOf } from './networks.ts';
import { SD15, SDXL } from './published-configs.ts';

const graphOf = (config: typeof SD15): Graph => {
  const net = listedNetwork();
  return net.g.finish({ out: unetOf(net, config) });
};

const named = (graph: Graph, pattern: RegExp): readonly string[] => [
  ...new Set(
    graph.nodes.flatMap(({ origin }) =>
      origin.block !== undefined && pattern.test(origin.block) ? [origin.block] : [],
    ),
  ),
];

describe('the UNet', () => {
  test('halves sides three times in SD 1.x, twice in SDXL', () => {
    expect(latentMultiple(SD15.unet)).toBe(8);
    expect(latentMultiple(SDXL.unet)).toBe(4);
  });

  test('takes sizes that do not halve evenly, and gives them back', () => {
    // 25 x 12 is halved to 13 x 6, 7 x 3, 4 x 2, as a convolution with stride 2 and padding 1 does.
    const net = listedNetwork();
    const { g } = net;
    const out = buildUNet(net, SD15.unet, {
      latents: g.input('latents', [B, 4, 25, 12]),
      timeEmbedding: g.input('time', [B, 320]),
      text: g.input('text', [B, 77, 768]),
    });
    expect(showShape(out.shape)).toBe('[B, 4, 25, 12]');
    const inner = g.finish({ out }).nodes.filter(({ origin }) => origin.block === 'unet/mid_block.resnets.0');
    expect(showShape(inner.at(-1)?.outputs[0]?.shape ?? [])).toBe('[B, 1280, 4, 2]');
  });

  test('has one block per residual block and per transformer, however deep', () => {
    // SD 1.5: 4·2 + 2 + 4·3 residual blocks, 3·2 + 1 + 3·3 transformers. SDXL: 3·2 + 2 + 3·3, and 2·2 + 1 + 2·3.
    expect(named(graphOf(SD15), /\.resnets\.\d$/)).toHaveLength(22);
    expect(named(graphOf(SD15), /\.attentions\.\d$/)).toHaveLength(16);
    expect(named(graphOf(SDXL), /\.resnets\.\d$/)).toHaveLength(17);
    expect(named(graphOf(SDXL), /\.attentions\.\d$/)).toHaveLength(11);
  });

  test('keeps what costs a product to compute again: norms and activations are never kept', () => {
    const { kept } = graphOf(SD15);
    const ops = [...kept.keys()].map(({ source }) => (source.kind === 'node' ? source.node.op : source.kind));
    expect(new Set(ops)).toEqual(new Set(['linear', 'add', 'attention']));
    expect(ops.filter((op) => op === 'attention')).toHaveLength(2 * 16);
    // A transformer layer keeps q, k, v twice and both halves of the feed-forward; proj_in; then three sums. The five of
    // 320 channels keep of the first eight only k and v of the text, which come from 768 features.
    expect(ops.filter((op) => op === 'linear')).toHaveLength(11 * (2 * 3 + 2 + 1) + 5 * (2 + 1));
    expect(ops.filter((op) => op === 'add')).toHaveLength(16 * 3 + 22);
  });

  test('turns the picture into tokens once and back once per transformer', () => {
    const transposes = graphOf(SD15).nodes.filter(({ op }) => op === 'transpose');
    expect(transposes).toHaveLength(2 * 16);
  });
});
