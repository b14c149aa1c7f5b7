/**
 * An autoencoder and a discriminator small enough for the reference executor: two levels, so a latent cell is two pixels
 * wide, and pictures of 8x12 pixels.
 */
import { createGenerator } from '../../../../trainer/base/random.ts';
import { elementCount, f32, type F32Tensor } from '../../../../trainer/base/tensor.ts';
import type { VaeConfig } from '../../../../trainer/formats/configs.ts';
import { autoencoderEntries, type AutoencoderSpec } from '../../../../trainer/train/autoencoder/autoencoder-graph.ts';

export const TINY_VAE: VaeConfig = {
  inChannels: 3,
  outChannels: 3,
  latentChannels: 4,
  blockOutChannels: [4, 8],
  layersPerBlock: 1,
  normNumGroups: 2,
  normEps: 1e-6,
  scalingFactor: 0.18215,
  forceUpcast: false,
};

export const SIZE = { H: 8, W: 12 };

export const PLAIN: AutoencoderSpec = {
  vae: TINY_VAE,
  reconstruction: 'charbonnier',
  averaging: 'mean',
  klWeight: 0.1,
};

export const JUDGED: AutoencoderSpec = {
  ...PLAIN,
  learnedLogVariance: true,
  discriminator: { channels: 4, layers: 1, weight: 0.5 },
  size: SIZE,
};

/** Weights that keep signals at about their size, norms near the identity, and all else away from 0. */
export function drawnValues(spec: AutoencoderSpec, seed = 1): Record<string, F32Tensor> {
  const random = createGenerator(seed);
  return Object.fromEntries(
    autoencoderEntries(spec).map(({ name, shape }) => {
      const size = elementCount(shape);
      const inputs = shape.length > 1 ? size / (shape[0] ?? 1) : 10;
      const centre = shape.length === 1 && name.endsWith('weight') ? 1 : 0;
      return [
        name,
        f32(
          shape,
          random.normals(size).map((value) => centre + value / Math.sqrt(inputs)),
        ),
      ];
    }),
  );
}

/** Two pictures in -1 … 1, and noise. */
export function drawnPictures(seed = 2): { readonly pixels: F32Tensor; readonly noise: F32Tensor } {
  const random = createGenerator(seed);
  const { H, W } = SIZE;
  return {
    pixels: f32(
      [2, 3, H, W],
      random.uniforms(6 * H * W).map((value) => 2 * value - 1),
    ),
    noise: f32([2, 4, H / 2, W / 2], random.normals((8 * H * W) / 4)),
  };
}
