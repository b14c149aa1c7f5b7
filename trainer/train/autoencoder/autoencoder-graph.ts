/**
 * One pass of autoencoder training as one graph: the VAE, its loss, the discriminator, and the gradients of all weights.
 *
 *     z = mean + exp(log variance / 2)·noise,  x̂ = decoder(z)
 *     loss = A[ρ(x - x̂)·exp(-s) + s] + klWeight·A[KL] + factor·w·generator(x̂)
 *     discriminator's loss = factor·hinge(x, x̂), x̂ a constant
 *
 * A averages (`Averaging`), ρ is the reconstruction's rule, s a learned scalar or 0, w the adaptive weight, a constant
 * too; factor is fed, 0 until the discriminator joins. The two averages differ by a constant: for SD's eightfold
 * autoencoder, 3 colours and 4 latent channels, a klWeight of k with `mean` is one of 48·k with `sum`, and the loss 3·H·W
 * times as large. Both losses are taken at the same weights, docs/decisions/0025-autoencoder-step.md.
 *
 * Axes: B pictures, C latent channels, H W pixels, h = H/8 and w = W/8 latent rows and columns. Checked against PyTorch:
 * test/golden/autoencoder.test.ts.
 *
 * With `frozenEncoder` the encoder is weights, not parameters: the KL term stays in the loss and moves nothing.
 *
 * @see Rombach et al. 2022, arXiv:2112.10752, appendix G; Esser et al. 2021, arXiv:2012.09841, eq. 7 (adaptive weight)
 */
import { assert, must } from '../../base/errors.ts';
import type { VaeConfig } from '../../formats/configs.ts';
import { differentiate } from '../../graph/autodiff/index.ts';
import { createBuilder, type Builder } from '../../graph/builder.ts';
import { divide, symbol, type Dim } from '../../graph/dims.ts';
import { producer, type Graph, type GraphNode, type Value } from '../../graph/graph.ts';
import { optimise } from '../../graph/passes/index.ts';
import {
  buildDiscriminator,
  DISCRIMINATOR,
  leastSide,
  type DiscriminatorConfig,
} from '../../models/vae/patch-discriminator.ts';
import { buildVaeDecoder, buildVaeEncoder, VAE, type LatentMoments } from '../../models/vae/vae.ts';
import type { Network } from '../../nn/network.ts';
import { gradientName } from '../step-graph.ts';
import {
  adaptiveWeight,
  averaged,
  generatorLoss,
  hingeLoss,
  klDivergence,
  reconstructionError,
  type Averaging,
  type ReconstructionRule,
} from './autoencoder-loss.ts';

export interface AutoencoderSpec {
  readonly vae: VaeConfig;
  readonly reconstruction: ReconstructionRule;
  readonly averaging: Averaging;
  readonly klWeight: number;
  /** s is trained, as the entry `loss/logvar`. */
  readonly learnedLogVariance?: boolean;
  readonly discriminator?: DiscriminatorSpec;
  /** Only the decoder is trained, so latents stay what they were. */
  readonly frozenEncoder?: boolean;
  /** Pixels. Needed with a discriminator, whose last layers have H/2^layers - 1 rows; else any size may be fed. */
  readonly size?: { readonly H: number; readonly W: number };
}

export interface DiscriminatorSpec extends DiscriminatorConfig {
  /** Of the generator's pull against the reconstruction's: 0.5 in latent diffusion. */
  readonly weight: number;
}

export interface AutoencoderGraph {
  readonly graph: Graph;
  readonly spec: AutoencoderSpec;
  /** By entry name, in the order of `autoencoderEntries`. The output `gradientName` is the gradient of each. */
  readonly parameters: ReadonlyMap<string, Value>;
}

export const AUTOENCODER_INPUTS = {
  /** f32 [B, 3, H, W] in -1 … 1 */
  pixels: 'pixels',
  /** f32 [B, C, h, w], standard normal */
  noise: 'noise',
  /** f32 [], with a discriminator */
  discriminatorFactor: 'discriminator_factor',
} as const;

/** Outputs beside the gradients, f32 [] each; those from `generator` on with a discriminator only. */
export const AUTOENCODER_OUTPUTS = {
  /** What the autoencoder is trained on. */
  loss: 'loss',
  /** A[ρ(x - x̂)·exp(-s) + s] */
  reconstruction: 'reconstruction',
  /** A[KL] */
  kl: 'kl',
  /** Mean of (x - x̂)² over all elements. */
  squaredError: 'squared_error',
  /** Minus the mean of `fakeLogits`. */
  generator: 'generator',
  /** What the discriminator is trained on. */
  discriminator: 'discriminator',
  adaptiveWeight: 'adaptive_weight',
  realLogits: 'real_logits',
  fakeLogits: 'fake_logits',
} as const;

/** The name of s among the entries. */
export const LOG_VARIANCE = 'loss/logvar';
const BATCH = symbol('B');

/** Pixels of a latent cell's side: 8 in SD's autoencoders. Sides of pictures are multiples of it. */
export const cellOf = ({ blockOutChannels }: VaeConfig): number => 2 ** (blockOutChannels.length - 1);

export function buildAutoencoderStep(spec: AutoencoderSpec): AutoencoderGraph {
  const g = createBuilder();
  const { net, parameters } = trainedNetwork(g, spec);
  const forward = buildAutoencoder(net, spec);
  const { loss, terms, stopped } =
    spec.discriminator === undefined
      ? { loss: forward.loss, terms: {}, stopped: [] }
      : addDiscriminator(net, spec.discriminator, forward);

  const discriminatorLoss = (terms as Partial<DiscriminatorTerms>)[AUTOENCODER_OUTPUTS.discriminator];
  const isJudge = (name: string): boolean => name.startsWith(`${DISCRIMINATOR}/`);
  const own = [...parameters].filter(([name]) => !isJudge(name));
  const judge = [...parameters].filter(([name]) => isJudge(name));
  const gradients = [
    ...gradientsOf(g, loss, own, stopped),
    ...(discriminatorLoss === undefined ? [] : gradientsOf(g, discriminatorLoss, judge)),
  ];
  const outputs = new Map<string, Value>([
    [AUTOENCODER_OUTPUTS.loss, loss],
    [AUTOENCODER_OUTPUTS.reconstruction, forward.reconstruction],
    [AUTOENCODER_OUTPUTS.kl, forward.kl],
    [AUTOENCODER_OUTPUTS.squaredError, forward.squaredError],
    ...Object.entries(terms),
    ...gradients,
  ]);
  return { graph: optimise(g.finish(outputs)), spec, parameters };
}

export interface AutoencoderEntry {
  readonly name: string;
  readonly part: 'vae' | 'loss' | 'discriminator';
  readonly shape: readonly number[];
}

/** What is trained, in the order in which it lies in the run's array; the size of pictures does not matter. */
export function autoencoderEntries(spec: AutoencoderSpec): readonly AutoencoderEntry[] {
  const { net, parameters } = trainedNetwork(createBuilder(), spec);
  const { pixels } = buildAutoencoder(net, spec);
  if (spec.discriminator !== undefined) {
    const side = leastSide(spec.discriminator);
    buildDiscriminator(net, spec.discriminator, net.g.input('any size', [BATCH, pixels.shape[1] as Dim, side, side]));
  }
  return [...parameters].map(([name, { shape }]) => ({
    name,
    part: name.slice(0, name.indexOf('/')) as AutoencoderEntry['part'],
    shape: shape as readonly number[],
  }));
}

/** Of the encoder and of the layer that makes its result a distribution. */
export const isOfEncoder = (name: string): boolean =>
  name.startsWith(`${VAE}/encoder.`) || name.startsWith(`${VAE}/quant_conv.`);

/** A network whose weights are trained, save those of a frozen encoder. */
function trainedNetwork(
  g: Builder,
  { frozenEncoder }: AutoencoderSpec,
): { readonly net: Network; readonly parameters: ReadonlyMap<string, Value> } {
  const parameters = new Map<string, Value>();
  const get = (name: string, shape: readonly number[]): Value => {
    if (frozenEncoder === true && isOfEncoder(name)) return g.weight(name, shape);
    const parameter = g.parameter(name, shape);
    parameters.set(name, parameter);
    return parameter;
  };
  return { net: { g, weights: { get } }, parameters };
}

interface Autoencoder {
  readonly pixels: Value;
  readonly reconstructed: Value;
  readonly reconstruction: Value;
  readonly kl: Value;
  readonly squaredError: Value;
  /** Without the generator's part. */
  readonly loss: Value;
}

function buildAutoencoder(net: Network, spec: AutoencoderSpec): Autoencoder {
  const { g } = net;
  const { vae, averaging, klWeight } = spec;
  const [H, W] = [spec.size?.H ?? symbol('H'), spec.size?.W ?? symbol('W')];
  const pixels = g.input(AUTOENCODER_INPUTS.pixels, [BATCH, vae.inChannels, H, W]);
  const moments = buildVaeEncoder(net, vae, pixels);
  const cell = cellOf(vae);
  const noise = g.input(AUTOENCODER_INPUTS.noise, [BATCH, vae.latentChannels, divide(H, cell), divide(W, cell)]);
  const reconstructed = buildVaeDecoder(net, vae, drawn(g, moments, noise));
  return g.scope('loss', () => {
    const difference = g.sub(pixels, reconstructed);
    const error = reconstructionError(g, spec.reconstruction, difference);
    const reconstruction = averaged(g, averaging, withLogVariance(net, spec, error));
    const kl = averaged(g, averaging, klDivergence(g, moments));
    const squaredError = averaged(g, 'mean', g.mul(difference, difference));
    const loss = g.add(reconstruction, g.mul(kl, klWeight));
    return { pixels, reconstructed, reconstruction, kl, squaredError, loss };
  });
}

const drawn = (g: Builder, { mean, logVariance }: LatentMoments, noise: Value): Value =>
  g.add(mean, g.mul(g.exp(g.mul(logVariance, 0.5)), noise));

function withLogVariance({ g, weights }: Network, { learnedLogVariance }: AutoencoderSpec, error: Value): Value {
  if (learnedLogVariance !== true) return error;
  const logVariance = weights.get(LOG_VARIANCE, []);
  return g.add(g.mul(error, g.exp(g.neg(logVariance))), logVariance);
}

type DiscriminatorTerms = Readonly<
  Record<'generator' | 'discriminator' | 'adaptive_weight' | 'real_logits' | 'fake_logits', Value>
>;

/** The generator's part of the loss, and the discriminator's own. */
function addDiscriminator(
  net: Network,
  config: DiscriminatorSpec,
  { pixels, reconstructed, reconstruction, loss }: Autoencoder,
): { readonly loss: Value; readonly terms: DiscriminatorTerms; readonly stopped: readonly Value[] } {
  const { g } = net;
  const realLogits = buildDiscriminator(net, config, pixels);
  const fakeLogits = buildDiscriminator(net, config, reconstructed);
  return g.scope('loss', () => {
    const generator = generatorLoss(g, fakeLogits);
    const [ofReconstruction, ofGenerator] = lastWeightGradients(g, reconstructed, [reconstruction, generator]);
    const weight = adaptiveWeight(g, config.weight, [ofReconstruction, ofGenerator]);
    const factor = g.input(AUTOENCODER_INPUTS.discriminatorFactor, []);
    return {
      loss: g.add(loss, g.mul(g.mul(weight, factor), generator)),
      terms: {
        generator,
        discriminator: g.mul(hingeLoss(g, realLogits, fakeLogits), factor),
        adaptive_weight: weight,
        real_logits: averaged(g, 'mean', realLogits),
        fake_logits: averaged(g, 'mean', fakeLogits),
      },
      stopped: [weight],
    };
  });
}

/**
 * The gradients of two losses at the weight of the convolution that made the reconstruction. Built here and not by a walk
 * of their own, which would enter the convolution's block twice; both in one product, because they share its input.
 */
function lastWeightGradients(
  g: Builder,
  reconstructed: Value,
  losses: readonly [Value, Value],
): readonly [Value, Value] {
  const { op, inputs, attributes } = must(producer(reconstructed), 'the last convolution') as GraphNode<'conv2d'>;
  assert(op === 'conv2d', `the last layer of a decoder is a convolution, not ${op}`);
  const [x, weight] = [must(inputs[0], 'its input'), must(inputs[1], 'its weight')];
  const [channels, , rows, columns] = weight.shape as readonly number[] as [number, number, number, number];
  const changes = losses.map((loss) => must(differentiate(g, loss, [reconstructed])[0], 'the gradient'));
  const both = g.conv2dWeightGradient(x, g.concat(changes, 1), { ...attributes, kernel: [rows, columns] });
  return [g.slice(both, 0, 0, channels), g.slice(both, 0, channels, channels)];
}

function gradientsOf(
  g: Builder,
  loss: Value,
  parameters: readonly (readonly [string, Value])[],
  stopped: readonly Value[] = [],
): readonly [string, Value][] {
  const values = parameters.map(([, value]) => value);
  const gradients = differentiate(g, loss, values, { stopped });
  return parameters.map(([name], index) => [gradientName(name), must(gradients[index], 'a gradient')]);
}
