import { expect, test } from 'vitest';
import { timestepEmbedding } from '../../../trainer/diffusion/timestep-embedding.ts';
import { goldenJson, maxDifference } from '../../golden/math-goldens.ts';

interface EmbeddingCase {
  readonly t: number;
  readonly width: number;
  readonly flip_sin_to_cos: boolean;
  readonly freq_shift: number;
  readonly embedding: number[];
}

const golden = goldenJson<{ cases: EmbeddingCase[]; sdxl: { time_ids: number[]; embedding: number[] } }>(
  'timestep_embeddings.json',
);

// 1 ulp in a frequency near 1 moves the angle of size 1536 by 1536 · 6e-8 = 9e-5.
const ANGLE = 1e-4;

test.each(golden.cases)(
  'timestep $t, width $width equals diffusers (flip $flip_sin_to_cos, shift $freq_shift)',
  (c) => {
    const settings = { width: c.width, flipSinToCos: c.flip_sin_to_cos, frequencyShift: c.freq_shift };
    expect(maxDifference(timestepEmbedding([c.t], settings), c.embedding)).toBeLessThan(ANGLE);
  },
);

test('a batch is its samples one after the other', () => {
  const settings = { width: 8, flipSinToCos: true, frequencyShift: 0 };
  const [a, b] = [timestepEmbedding([3], settings), timestepEmbedding([700], settings)];
  expect([...timestepEmbedding([3, 700], settings)]).toEqual([...a, ...b]);
});

test("SDXL's six sizes give 1536 numbers, equal to diffusers", () => {
  const settings = { width: 256, flipSinToCos: true, frequencyShift: 0 };
  expect(maxDifference(timestepEmbedding(golden.sdxl.time_ids, settings), golden.sdxl.embedding)).toBeLessThan(ANGLE);
});
