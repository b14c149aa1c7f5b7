/**
 * Everything that an evaluation compares pictures by: their look, their latents, and the features of InceptionV3 where its
 * weights are given. Axes: B pictures.
 */
import { must } from '../../base/errors.ts';
import type { Picture } from '../../base/ports.ts';
import type { Tensor } from '../../base/tensor.ts';
import { pixelsOf } from '../../data/augment.ts';
import type { Executor, Program } from '../../exec/executor.ts';
import type { Checkpoint } from '../../formats/checkpoint/types.ts';
import type { SafetensorsHeader } from '../../formats/safetensors/header.ts';
import { createBuilder } from '../../graph/builder.ts';
import { symbol } from '../../graph/dims.ts';
import { optimise } from '../../graph/passes/index.ts';
import { buildInception, INCEPTION_SIDE } from '../../models/inception/inception.ts';
import { inceptionInput } from '../../models/inception/picture-input.ts';
import { inceptionWeights } from '../../models/inception/weights.ts';
import { openVaeEncoder } from '../vae-encoder.ts';
import { appearanceOf } from './appearance.ts';
import { latentGrid } from './latent-grid.ts';

export interface PictureFeatures {
  /** f32 [768], see `appearanceOf` */
  readonly appearance: Float32Array;
  /** f32 [C · h · w]: the mean of the autoencoder's posterior */
  readonly latents: Float32Array;
  /** f32 [C · 32], see `latentGrid` */
  readonly latentGrid: Float32Array;
  readonly inception?: InceptionFeatures;
}

export interface InceptionFeatures {
  /** f32 [2048] */
  readonly pool3: Float32Array;
  /** f32 [1008] */
  readonly logits: Float32Array;
}

export interface FeatureMaker extends AsyncDisposable {
  /** All pictures have one size, its sides multiples of 8; up to `atOnce` of them. */
  describe(pictures: readonly Picture[]): Promise<readonly PictureFeatures[]>;
}

export interface FeatureSource {
  readonly executor: Executor;
  readonly checkpoint: Checkpoint;
  /** Rows and columns of the pictures, in pixels. */
  readonly side: number;
  readonly atOnce: number;
  /** As `openInception` gave it. */
  readonly inception?: SafetensorsHeader;
}

export async function openFeatures(source: FeatureSource): Promise<FeatureMaker> {
  const { executor, checkpoint, side, atOnce, inception } = source;
  // First what can fail: who throws here has nothing open.
  const program = inception === undefined ? undefined : await compileInception(executor, inception, atOnce);
  const encoder = openVaeEncoder(executor, checkpoint, { B: atOnce, H: side, W: side });
  return {
    describe: async (pictures) => {
      const encoded = await encoder.encode(pictures.map((picture) => pixelsOf(picture, { flipped: false })));
      const seen = program === undefined ? undefined : await lookAt(program, pictures);
      return pictures.map((picture, index) => {
        const { mean } = must(encoded[index], 'the latents');
        const own = seen?.[index];
        return {
          appearance: appearanceOf(picture),
          latents: mean.data,
          latentGrid: latentGrid(mean),
          ...(own === undefined ? {} : { inception: own }),
        };
      });
    },
    [Symbol.asyncDispose]: async () => {
      await encoder[Symbol.asyncDispose]();
      await program?.[Symbol.asyncDispose]();
    },
  };
}

function compileInception(executor: Executor, header: SafetensorsHeader, atOnce: number): Promise<Program> {
  const g = createBuilder();
  const weights = inceptionWeights(g, header);
  const picture = g.input('picture', [symbol('B'), 3, INCEPTION_SIDE, INCEPTION_SIDE]);
  const graph = optimise(g.finish({ ...buildInception({ g, weights }, picture) }));
  return executor.compile(graph, { weights: weights.sources, largest: { B: atOnce } });
}

async function lookAt(program: Program, pictures: readonly Picture[]): Promise<readonly InceptionFeatures[]> {
  const { pool3, logits } = await program.run({ picture: inceptionInput(pictures) });
  const [features, classes] = [must(pool3, 'the features'), must(logits, 'the logits')];
  return pictures.map((_, row) => ({ pool3: rowOf(features, row), logits: rowOf(classes, row) }));
}

function rowOf({ shape, data }: Tensor, row: number): Float32Array {
  const size = must(shape[1], 'the features');
  return Float32Array.from(data.subarray(row * size, (row + 1) * size));
}
