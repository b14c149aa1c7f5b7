/**
 * The random weights that training from scratch starts from.
 *
 *     layers                            w ~ N(0, 1/n),  n = inputs of one output (channels · k · k)
 *     the last layer of a residual branch   w ~ N(0, 0.3²/n)
 *     the UNet's conv_out               w = 0
 *     token embeddings                  w ~ N(0, 0.2²)
 *     position embeddings               w ~ N(0, 0.1²)
 *     biases 0, norms: scale 1, shift 0
 *
 * 1/n keeps the variance of a signal from layer to layer (LeCun et al. 1998, "Efficient BackProp", 4.6); weaker ends of
 * residual branches keep it from growing with the number of blocks (Zhang et al. 2019, arXiv:1901.09321, in the spirit).
 * With a conv_out of zero the first prediction is 0: for v as for noise, whose variance is 1, the loss starts at 1 on
 * every timestep instead of at a random network's (Dhariwal and Nichol 2021, arXiv:2105.05233, do the same).
 *
 * Each weight draws from a stream of its own, by its place in its network: the same seed and settings give the same
 * network, whatever else is drawn, and VAE or no VAE.
 */
import { must } from '../../base/errors.ts';
import { createGenerator, deriveSeed } from '../../base/random.ts';
import { elementCount } from '../../base/tensor.ts';
import { textEncoderWeights, unetWeights, vaeWeights, type Shapes } from './expected-weights.ts';
import type { WeightValues } from './network-tensors.ts';
import { TEXT_ENCODER_PARTS, type Networks, type PartName } from './networks.ts';
import { weightRole } from './weight-roles.ts';

const RESIDUAL_END = 0.3;
const TOKENS = 0.2;
const POSITIONS = 0.1;

const PIECE = 1 << 20;
/** Streams of a part; no network has as many weights. The first ones belong to others that initialise (LoRAs). */
const STREAMS = 1 << 20;
const PARTS: readonly PartName[] = ['unet', 'vae', ...TEXT_ENCODER_PARTS];

/** Standard deviation of a weight of `shape` [outputs, inputs, ...]; or the number that all its values are. */
export function initialSpread(
  name: string,
  shape: readonly number[],
): { readonly deviation: number } | { readonly constant: number } {
  const perInput = 1 / Math.sqrt(elementCount(shape.slice(1)));
  switch (weightRole(name)) {
    case 'scale':
      return { constant: 1 };
    case 'shift':
    case 'bias':
    case 'unet-output':
      return { constant: 0 };
    case 'tokens':
      return { deviation: TOKENS };
    case 'positions':
      return { deviation: POSITIONS };
    case 'residual-end':
      return { deviation: RESIDUAL_END * perInput };
    case 'matrix':
      return { deviation: perInput };
  }
}

/** The first values of these networks' weights, in pieces of at most 4 MB. */
export function initialValues(seed: number, networks: Partial<Networks>): WeightValues {
  const streams = streamsOf(networks);
  return function* (name, shape) {
    const spread = initialSpread(name, shape);
    const generator = createGenerator(deriveSeed(seed, 'initialisation', must(streams.get(name), name)));
    for (let left = elementCount(shape); left > 0; left -= PIECE) {
      const count = Math.min(left, PIECE);
      if ('constant' in spread) yield new Float32Array(count).fill(spread.constant);
      else yield generator.normals(count).map((value) => value * spread.deviation);
    }
  };
}

/** Name with part to index of its stream. */
function streamsOf({ unet, vae, textEncoders = [] }: Partial<Networks>): ReadonlyMap<string, number> {
  const streams = new Map<string, number>();
  const add = (part: PartName, shapes: Shapes): void => {
    const first = STREAMS * (1 + PARTS.indexOf(part));
    for (const [index, name] of [...shapes.keys()].entries()) streams.set(`${part}/${name}`, first + index);
  };
  if (unet !== undefined) add('unet', unetWeights(unet));
  if (vae !== undefined) add('vae', vaeWeights(vae));
  for (const [index, config] of textEncoders.entries()) {
    add(must(TEXT_ENCODER_PARTS[index], 'a text encoder'), textEncoderWeights(config));
  }
  return streams;
}
