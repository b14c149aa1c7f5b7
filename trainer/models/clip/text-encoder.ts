/**
 * CLIP's text encoder: CLIP-L of SD 1.x and SDXL, OpenCLIP H of SD 2.x, OpenCLIP bigG of SDXL.
 *
 * A caption of more than 75 tokens comes as several windows of 77 (start, 75 tokens, end), which are encoded one by one
 * and joined again. Axes: B captions, n windows of each, C width. Names of weights are those of transformers. Checked
 * against transformers 5.23: test/golden/models.
 */
import { assert, must } from '../../base/errors.ts';
import { TEXT_ENCODER_PARTS } from '../../formats/checkpoint/networks.ts';
import type { TextEncoderConfig } from '../../formats/configs.ts';
import { equalDims, multiply, type Dim } from '../../graph/dims.ts';
import type { Value } from '../../graph/graph.ts';
import { layerNorm } from '../../nn/layers.ts';
import { featuresOf, type Network } from '../../nn/network.ts';
import { textLayer } from '../../nn/text-layer.ts';
import { WINDOW, WINDOW_TOKENS } from './token-windows.ts';

/** The parts' names in front of their weights, in the order of a checkpoint's encoders. */
export const TEXT_ENCODERS = TEXT_ENCODER_PARTS;
export type TextEncoderPart = (typeof TEXT_ENCODERS)[number];

export interface TextEncoder {
  readonly net: Network;
  readonly part: TextEncoderPart;
  readonly config: TextEncoderConfig;
}

/**
 * What each layer gives: the embeddings first, then one value per layer.
 *
 * @param ids i32 [B, n, 77]
 * @param layers how many to run
 * @returns f32 [B·n, 77, C] each
 */
export function hiddenStates(encoder: TextEncoder, ids: Value, layers: number): readonly Value[] {
  const { net, part, config } = encoder;
  assert(layers <= config.numHiddenLayers, `${part} has ${config.numHiddenLayers} layers, not ${layers}`);
  const model = `${part}/text_model`;
  const states = [net.g.scope(`${model}.embeddings`, () => embeddings(encoder, ids))];
  for (let index = 0; index < layers; index++) {
    const name = `${model}.encoder.layers.${index}`;
    const before = must(states.at(-1), 'the embeddings');
    states.push(
      net.g.block(name, () =>
        textLayer(net, name, before, {
          heads: config.numAttentionHeads,
          intermediateSize: config.intermediateSize,
          activation: config.hiddenAct,
          epsilon: config.layerNormEps,
        }),
      ),
    );
  }
  return states;
}

/** Token and position embeddings: f32 [B·n, 77, C]. */
function embeddings({ net, part, config }: TextEncoder, ids: Value): Value {
  const { g, weights } = net;
  const { vocabSize, maxPositionEmbeddings, hiddenSize } = config;
  const [captions, windows, tokens] = axesOf(ids);
  const name = `${part}/text_model.embeddings`;
  const table = weights.get(`${name}.token_embedding.weight`, [vocabSize, hiddenSize]);
  const positions = weights.get(`${name}.position_embedding.weight`, [maxPositionEmbeddings, hiddenSize]);
  assert(equalDims(tokens, maxPositionEmbeddings), `a window has ${maxPositionEmbeddings} tokens`);
  const rows = g.reshape(g.gatherRows(table, ids), [multiply(captions, windows), tokens, hiddenSize]);
  return g.add(rows, positions);
}

/** The norm after the last layer: f32 [..., C] -> f32 [..., C]. */
export const finalNorm = ({ net, part, config }: TextEncoder, x: Value): Value =>
  net.g.scope(`${part}/text_model.final_layer_norm`, () =>
    layerNorm(net, `${part}/text_model.final_layer_norm`, x, config.layerNormEps),
  );

/**
 * The caption as one vector: the last layer at the end-of-text token, normed and projected.
 *
 * @param last f32 [B·n, 77, C], what the last layer gives
 * @param ids i32 [B, n, 77]
 * @param endMask f32 [B, 77], 1 at the first end-of-text token of the caption's first window, else 0
 * @returns f32 [B, P]
 */
export function pooledText(encoder: TextEncoder, last: Value, ids: Value, endMask: Value): Value {
  const { net, part, config } = encoder;
  const { g } = net;
  const { hiddenSize } = config;
  const projected = must(config.projectionDim, `the projection of ${part}`);
  const [captions, windows, tokens] = axesOf(ids);
  const end = g.scope(`${part}/text_projection`, () => {
    const first = g.slice(g.reshape(last, [captions, multiply(windows, tokens), hiddenSize]), 1, 0, tokens);
    return g.reshape(g.matmul(g.reshape(endMask, [captions, 1, tokens]), first), [captions, hiddenSize]);
  });
  return net.g.linear(
    finalNorm(encoder, end),
    net.weights.get(`${part}/text_projection.weight`, [projected, hiddenSize]),
  );
}

/**
 * The windows of a caption as one sequence: the start token of the first, the 75 tokens of each, the end token of the
 * last.
 *
 * @param states f32 [B·n, 77, C]
 * @param ids i32 [B, n, 77]
 * @returns f32 [B, n·75 + 2, C]
 * @see sd-scripts, library/strategy_sd.py: what it does for --max_token_length 150 and 225
 */
export function joinWindows({ net }: TextEncoder, states: Value, ids: Value): Value {
  const { g } = net;
  const [captions, windows, tokens] = axesOf(ids);
  assert(typeof windows === 'number', 'the number of windows must be known');
  if (windows === 1) return states;
  assert(equalDims(tokens, WINDOW), `a window has ${WINDOW} tokens`);
  const rows = g.reshape(states, [captions, windows * WINDOW, featuresOf(states.shape, -1)]);
  const middles = Array.from({ length: windows }, (_, window) => g.slice(rows, 1, window * WINDOW + 1, WINDOW_TOKENS));
  return g.concat([g.slice(rows, 1, 0, 1), ...middles, g.slice(rows, 1, windows * WINDOW - 1, 1)], 1);
}

const axesOf = (ids: Value): readonly [Dim, Dim, Dim] => {
  assert(ids.shape.length === 3, 'token ids are [B, n, 77]');
  return ids.shape as readonly [Dim, Dim, Dim];
};
