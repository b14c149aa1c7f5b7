/**
 * Numbers as waves: how the UNet is told the timestep, and SDXL the sizes of its picture.
 *
 * Source: Vaswani et al. 2017, arXiv:1706.03762, section 3.5, in the variant of diffusers (`get_timestep_embedding`).
 * Angles are rounded to f32 as there: at timestep 999 an unrounded angle would differ by 1e-4. Checked against
 * diffusers 0.42: test/golden/math/timestep_embeddings.json.
 */

export interface EmbeddingSettings {
  readonly width: number;
  /** True: [cos | sin], as every Stable Diffusion UNet has it. False: [sin | cos]. */
  readonly flipSinToCos: boolean;
  /** Subtracted from half the width in the frequencies' exponent: 0 in every Stable Diffusion UNet. */
  readonly frequencyShift: number;
}

const LONGEST_PERIOD = 10_000;

const { fround } = Math;

/**
 *     angle_k = t · 10000^(−k / (width/2 − shift)),  k = 0 … width/2 − 1
 *
 * An odd width leaves a 0 at the end.
 * @param timesteps  [B], may be fractional
 * @returns f32 [B, width]
 */
export function timestepEmbedding(timesteps: ArrayLike<number>, settings: EmbeddingSettings): Float32Array {
  const { width, flipSinToCos, frequencyShift } = settings;
  const half = Math.floor(width / 2);
  const [sineAt, cosineAt] = flipSinToCos ? [half, 0] : [0, half];
  const embedding = new Float32Array(timesteps.length * width);
  for (let k = 0; k < half; k++) {
    const exponent = fround(fround(fround(-Math.log(LONGEST_PERIOD)) * k) / (half - frequencyShift));
    const frequency = fround(Math.exp(exponent));
    for (let sample = 0; sample < timesteps.length; sample++) {
      const angle = fround(fround(timesteps[sample] ?? NaN) * frequency);
      embedding[sample * width + sineAt + k] = Math.sin(angle);
      embedding[sample * width + cosineAt + k] = Math.cos(angle);
    }
  }
  return embedding;
}
