/**
 * What the UNet is told about the caption: which layers of which text encoders, and the pooled text of SDXL.
 *
 * SD 1.x and 2.x take the last layer, or with clip skip n the n-th from the end, through the final norm. SDXL takes the
 * last but one of both encoders, joined along C and not normed, and the second encoder's pooled text; it knows no clip
 * skip (sd-scripts, library/strategy_sd.py and strategy_sdxl.py).
 */
import { assert, must } from '../../base/errors.ts';
import type { Value } from '../../graph/graph.ts';
import { finalNorm, hiddenStates, joinWindows, pooledText, type TextEncoder } from './text-encoder.ts';

export interface TextInputs {
  /** i32 [B, n, 77] for each encoder, in their order */
  readonly ids: readonly Value[];
  /** f32 [B, 77], 1 at the second encoder's first end-of-text token; SDXL only */
  readonly endMask?: Value;
}

export interface Conditioning {
  /** f32 [B, n·75 + 2, D] */
  readonly text: Value;
  /** f32 [B, P]; SDXL only */
  readonly pooled?: Value;
}

/** @param clipSkip 1 takes the last layer, 2 the one before, ... */
export function buildConditioning(encoders: readonly TextEncoder[], inputs: TextInputs, clipSkip = 1): Conditioning {
  const [first, second] = encoders;
  assert(inputs.ids.length === encoders.length, `${encoders.length} text encoders need as many token ids`);
  const idsOf = (index: number): Value => must(inputs.ids[index], 'token ids');
  if (second === undefined) return { text: normedLayer(must(first, 'a text encoder'), idsOf(0), clipSkip) };

  const { g } = second.net;
  const penultimate = encoders.map((encoder, index) => {
    const needed = encoder.config.numHiddenLayers - (encoder === second ? 0 : 1);
    const states = hiddenStates(encoder, idsOf(index), needed);
    return {
      states,
      joined: joinWindows(encoder, must(states[encoder.config.numHiddenLayers - 1], 'a layer'), idsOf(index)),
    };
  });
  const last = must(penultimate[1]?.states.at(-1), 'the last layer');
  return {
    text: g.concat(
      penultimate.map(({ joined }) => joined),
      2,
    ),
    pooled: pooledText(second, last, idsOf(1), must(inputs.endMask, 'the end-of-text mask')),
  };
}

function normedLayer(encoder: TextEncoder, ids: Value, clipSkip: number): Value {
  const states = hiddenStates(encoder, ids, encoder.config.numHiddenLayers + 1 - clipSkip);
  return finalNorm(encoder, joinWindows(encoder, must(states.at(-1), 'a layer'), ids));
}
