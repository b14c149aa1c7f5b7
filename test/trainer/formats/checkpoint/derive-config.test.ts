import { describe, expect, test } from 'vitest';
import { deriveOpenClipConfig } from '../../../../trainer/formats/checkpoint/derive-config.ts';
import type { Shapes } from '../../../../trainer/formats/checkpoint/expected-weights.ts';

function openClip(width: number, layers: number, projected: boolean): Shapes {
  const blocks = Array.from({ length: layers }, (_, index): [string, number[]] => [
    `transformer.resblocks.${index}.mlp.c_fc.weight`,
    [4 * width, width],
  ]);
  return new Map<string, number[]>([
    ['token_embedding.weight', [49408, width]],
    ['positional_embedding', [77, width]],
    ...blocks,
    ...(projected ? [['text_projection', [width, width]] as [string, number[]]] : []),
  ]);
}

describe("layers of the text encoder in single files: SD 2.x does not use OpenCLIP's last", () => {
  const layersOf = (family: 'sd2' | 'sdxl', shapes: Shapes): number =>
    deriveOpenClipConfig('model.safetensors', family, shapes).numHiddenLayers;

  test.each([
    ['of the real width, as published', openClip(1024, 24, true), 23],
    ['of the real width, from diffusers', openClip(1024, 23, false), 23],
    ['of the real width, without the projection', openClip(1024, 24, false), 23],
    ['of another width, as published', openClip(128, 5, true), 4],
    ['of another width, from diffusers', openClip(128, 4, false), 4],
  ])('%s', (_, shapes, layers) => {
    expect(layersOf('sd2', shapes)).toBe(layers);
  });

  test('SDXL has them all in its config, for the pooled text', () => {
    expect(layersOf('sdxl', openClip(128, 4, true))).toBe(4);
  });
});
