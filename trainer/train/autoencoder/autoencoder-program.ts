/**
 * The step of autoencoder training, compiled and ready to run.
 */
import { assert, must } from '../../base/errors.ts';
import type { Executor, Feeds, Program } from '../../exec/executor.ts';
import {
  AUTOENCODER_INPUTS,
  buildAutoencoderStep,
  type AutoencoderGraph,
  type AutoencoderSpec,
} from './autoencoder-graph.ts';
import { sourcesOf, type VaeValues } from './reconstructor.ts';

export type AutoencoderProgram = Pick<AutoencoderGraph, 'parameters'> & Program;

/**
 * With a discriminator, whose graph holds for one size of pictures, there is a program for each size, opened when the
 * first picture of that size comes.
 *
 * @param largest the most pictures at once, and the size of the largest, in pixels
 * @param frozen  the weights that are not trained: those of a frozen encoder
 */
export async function compileAutoencoderStep(
  executor: Executor,
  spec: AutoencoderSpec,
  largest: { readonly B: number; readonly H: number; readonly W: number },
  frozen: VaeValues = new Map(),
): Promise<AutoencoderProgram> {
  if (spec.discriminator === undefined || spec.size !== undefined) {
    const { graph, parameters } = buildAutoencoderStep(spec);
    const program = await executor.compile(graph, { largest, weights: sourcesOf(frozen) });
    return {
      parameters,
      run: (feeds) => program.run(feeds),
      [Symbol.asyncDispose]: async () => program[Symbol.asyncDispose](),
    };
  }

  const programs = new Map<string, AutoencoderProgram>();
  const programOf = async ({ H, W }: { readonly H: number; readonly W: number }): Promise<AutoencoderProgram> => {
    const key = `${W}x${H}`;
    const known = programs.get(key);
    if (known !== undefined) return known;
    const made = await compileAutoencoderStep(executor, { ...spec, size: { H, W } }, { B: largest.B, H, W }, frozen);
    programs.set(key, made);
    return made;
  };
  const { parameters } = await programOf(largest);
  return {
    parameters,
    run: async (feeds) => (await programOf(sizeOf(feeds))).run(feeds),
    [Symbol.asyncDispose]: async () => {
      for (const program of programs.values()) await program[Symbol.asyncDispose]();
    },
  };
}

function sizeOf(feeds: Feeds): { readonly H: number; readonly W: number } {
  const { shape } = must(feeds[AUTOENCODER_INPUTS.pixels], 'the pictures');
  const [, , H, W] = shape;
  assert(H !== undefined && W !== undefined, `pictures of shape [${shape.join(', ')}]`);
  return { H, W };
}
