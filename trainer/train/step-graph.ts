/**
 * One pass of training as one graph: text, UNet, loss, and the gradients of what is trained.
 *
 *     x_t = signal·x_0 + level·ε        signal = √ᾱ_t, level = √(1 − ᾱ_t), one number per sample
 *     target = ε, or for v prediction signal·ε − level·x_0
 *     loss = mean over samples of weight · mean over pixels of (UNet(x_t) − target)²
 *
 * With `frozenTarget`, the target of samples that are marked so is what the networks without any training predict for
 * the same input. No gradient flows through that.
 *
 * The loop, the replay of goldens and the benchmark all run this graph. Axes: B samples, h w latent rows and columns,
 * n windows of a caption, S = 75n + 2 tokens, D width of the text. Checked against sd-scripts: test/golden/traces.
 *
 * @see Ho et al. 2020, arXiv:2006.11239, eq. 14; Salimans and Ho 2022, arXiv:2202.00512 (v)
 */
import { must } from '../base/errors.ts';
import type { PredictionType } from '../formats/checkpoint/types.ts';
import type { TextEncoderConfig, UNetConfig } from '../formats/configs.ts';
import { differentiate } from '../graph/autodiff/index.ts';
import { createBuilder, type Builder } from '../graph/builder.ts';
import { symbol } from '../graph/dims.ts';
import type { Graph, Value } from '../graph/graph.ts';
import { optimise } from '../graph/passes/index.ts';
import type { LoraDropout, LoraMask } from '../lora/dropout.ts';
import { injectLora } from '../lora/inject.ts';
import type { LoraModule } from '../lora/modules.ts';
import { buildConditioning, type Conditioning } from '../models/clip/conditioning.ts';
import { TEXT_ENCODERS } from '../models/clip/text-encoder.ts';
import { buildUNet } from '../models/unet/unet.ts';
import type { Network, WeightProvider } from '../nn/network.ts';

/** What a pass computes; everything else comes with its feeds. */
export interface StepSpec {
  readonly unet: UNetConfig;
  /** In the checkpoint's order. */
  readonly textEncoders: readonly TextEncoderConfig[];
  readonly modules: readonly LoraModule[];
  /** Which of the networks' own weights are trained, by name with their part. */
  readonly trained?: (name: string) => boolean;
  /** Of what is trained, what stays as it is by now, by entry name: no gradient of it is computed. */
  readonly stopped?: (entry: string) => boolean;
  readonly prediction: PredictionType;
  /** The text encoders run inside the graph, because they are trained; else the graph takes their results. */
  readonly textInside: boolean;
  /** Windows of 77 tokens that every caption has: 1, 2 or 3. */
  readonly windows: number;
  /** 1 is the last layer. */
  readonly clipSkip: number;
  /** Rows and columns of the latents, where the UNet cannot halve them evenly; else any size may be fed. */
  readonly size?: { readonly h: number; readonly w: number };
  readonly dropout?: LoraDropout;
  /** A second forward pass, of the networks as the checkpoint has them, is the target of preserved samples. */
  readonly frozenTarget?: boolean;
  /** The network's input gets other noise than the target says (ip_noise_gamma). */
  readonly inputPerturbation?: boolean;
  /** Keeps attention outputs only and computes the rest of the forward part again: less memory, slower. */
  readonly gradientCheckpointing?: boolean;
}

export interface StepGraph {
  readonly graph: Graph;
  readonly spec: StepSpec;
  /** What is trained and reached by the loss, by entry name. */
  readonly parameters: ReadonlyMap<string, Value>;
  /** Those that have not stopped. The output `gradientName` is the gradient of each. */
  readonly learning: ReadonlySet<string>;
  readonly masks: readonly LoraMask[];
}

/** Leaves of the networks; `parameters` are those that are trained, as far as they were asked for. */
export interface StepWeights extends WeightProvider {
  readonly parameters?: ReadonlyMap<string, Value>;
  /** The weights before any training, where some are trained. */
  readonly frozen?: WeightProvider;
}

/** The names of the graph's inputs; which of them it has depends on the spec. */
export const STEP_INPUTS = {
  /** f32 [B, 4, h, w], times the VAE's scale */
  latents: 'latents',
  /** f32 [B, 4, h, w] */
  noise: 'noise',
  /** f32 [B, 4, h, w], with `inputPerturbation`: the noise that is mixed in, while `noise` is the target's */
  inputNoise: 'input_noise',
  /** f32 [B, 1, 1, 1], √ᾱ_t */
  signal: 'signal',
  /** f32 [B, 1, 1, 1], √(1 − ᾱ_t) */
  level: 'level',
  /** f32 [B, C0], sinusoids of the timestep */
  timeEmbedding: 'time_embedding',
  /** f32 [B] */
  sampleWeights: 'sample_weights',
  /** f32 [B, 1, 1, 1], with `frozenTarget`: 1 where the target is the frozen networks' prediction, else 0 */
  preserved: 'preserved',
  /** f32 [B, S, D], where the text encoders run outside */
  text: 'text',
  /** f32 [B, P], SDXL, where the text encoders run outside */
  pooled: 'pooled',
  /** i32 [B, n, 77] for each encoder, where they run inside */
  ids: ['ids', 'ids_2'],
  /** f32 [B, 77], SDXL, where the text encoders run inside */
  endMask: 'end_mask',
  /** f32 [B, 1536], SDXL: sinusoids of the six sizes */
  timeIds: 'time_ids',
} as const;

/** Outputs beside the gradients: the loss [], and each sample's weighted loss [B]. */
export const STEP_OUTPUTS = { loss: 'loss', sampleLosses: 'sample_losses' } as const;

/** @param weightsOf gives the weights of the networks as leaves of the graph */
export function buildStep(spec: StepSpec, weightsOf: (g: Builder) => StepWeights): StepGraph {
  const g = createBuilder();
  const lora = injectLora(g, spec.modules, spec.dropout === undefined ? {} : { dropout: spec.dropout });
  const weights = weightsOf(g);
  const net: Network = { g, weights, adapter: lora.adapter };

  const inputs = pictureInputs(g, spec);
  const predicted = prediction(net, spec, inputs);
  const frozen = { g, weights: weights.frozen ?? weights };
  const target =
    spec.frozenTarget === true
      ? preservedTarget(g, inputs.target, () => prediction(frozen, spec, inputs))
      : inputs.target;
  const { loss, sampleLosses } = weightedLoss(g, predicted, target);

  const parameters = new Map([...lora.parameters, ...(weights.parameters ?? [])]);
  const learning = [...parameters].filter(([name]) => spec.stopped?.(name) !== true);
  const gradients = differentiate(
    g,
    loss,
    learning.map(([, value]) => value),
  );
  const outputs = new Map<string, Value>([
    [STEP_OUTPUTS.loss, loss],
    [STEP_OUTPUTS.sampleLosses, sampleLosses],
    ...learning.map(([name], index): [string, Value] => [gradientName(name), must(gradients[index], 'a gradient')]),
  ]);
  return {
    graph: optimise(g.finish(outputs), spec.gradientCheckpointing === true ? 'attention' : 'products'),
    spec,
    parameters,
    learning: new Set(learning.map(([name]) => name)),
    masks: lora.masks,
  };
}

/** The output that holds the gradient of an entry. */
export const gradientName = (entry: string): string => `gradient of ${entry}`;

const BATCH = symbol('B');

interface PictureInputs {
  readonly noisy: Value;
  readonly target: Value;
  readonly timeEmbedding: Value;
  readonly addedSizes: Value | undefined;
}

function pictureInputs(g: Builder, { unet, prediction, size, inputPerturbation }: StepSpec): PictureInputs {
  const latentShape = [BATCH, unet.inChannels, size?.h ?? symbol('h'), size?.w ?? symbol('w')];
  const latents = g.input(STEP_INPUTS.latents, latentShape);
  const noise = g.input(STEP_INPUTS.noise, latentShape);
  const signal = g.input(STEP_INPUTS.signal, [BATCH, 1, 1, 1]);
  const level = g.input(STEP_INPUTS.level, [BATCH, 1, 1, 1]);
  const mixedIn = inputPerturbation === true ? g.input(STEP_INPUTS.inputNoise, latentShape) : noise;
  const { addition } = unet;
  return {
    noisy: g.add(g.mul(latents, signal), g.mul(mixedIn, level)),
    target: prediction === 'epsilon' ? noise : g.sub(g.mul(noise, signal), g.mul(latents, level)),
    timeEmbedding: g.input(STEP_INPUTS.timeEmbedding, [BATCH, must(unet.blockOutChannels[0], 'a level')]),
    addedSizes: addition && g.input(STEP_INPUTS.timeIds, [BATCH, SIZES * addition.timeEmbedDim]),
  };
}

/** f32 [B, 4, h, w]: noise or velocity, as the UNet predicts it */
function prediction(net: Network, spec: StepSpec, { noisy, timeEmbedding, addedSizes }: PictureInputs): Value {
  const { text, pooled } = spec.textInside ? textFromTokens(net, spec) : textAsFed(net.g, spec);
  return buildUNet(net, spec.unet, {
    latents: noisy,
    timeEmbedding,
    text,
    ...(addedSizes === undefined ? {} : { added: { pooled: must(pooled, 'pooled text'), timeIds: addedSizes } }),
  });
}

/** Sums with a factor of 0 or 1, so that a preserved sample has exactly the frozen prediction, and any other its own target. */
function preservedTarget(g: Builder, own: Value, predict: () => Value): Value {
  const preserved = g.input(STEP_INPUTS.preserved, [BATCH, 1, 1, 1]);
  const frozen = g.scope('frozen', predict);
  return g.add(g.mul(own, g.sub(1, preserved)), g.mul(frozen, preserved));
}

/** Numbers that SDXL is told about a picture's size. */
const SIZES = 6;
const WINDOW = 77;

function textAsFed(g: Builder, { unet, windows }: StepSpec): Conditioning {
  const { addition, crossAttentionDim } = unet;
  const text = g.input(STEP_INPUTS.text, [BATCH, (WINDOW - 2) * windows + 2, crossAttentionDim]);
  if (addition === undefined) return { text };
  const pooledWidth = addition.projectionInputDim - SIZES * addition.timeEmbedDim;
  return { text, pooled: g.input(STEP_INPUTS.pooled, [BATCH, pooledWidth]) };
}

/** Also what `text.ts` encodes captions with, so that both ways give the same. */
export function textFromTokens(
  net: Network,
  { textEncoders, windows, clipSkip }: Pick<StepSpec, 'textEncoders' | 'windows' | 'clipSkip'>,
): Conditioning {
  const { g } = net;
  const encoders = textEncoders.map((config, index) => ({
    net,
    part: must(TEXT_ENCODERS[index], 'a text encoder'),
    config,
  }));
  const ids = encoders.map((_, index) =>
    g.input(must(STEP_INPUTS.ids[index], 'token ids'), [BATCH, windows, WINDOW], 'i32'),
  );
  return encoders.length === 1
    ? buildConditioning(encoders, { ids }, clipSkip)
    : buildConditioning(encoders, { ids, endMask: g.input(STEP_INPUTS.endMask, [BATCH, WINDOW]) });
}

function weightedLoss(g: Builder, predicted: Value, target: Value): { loss: Value; sampleLosses: Value } {
  return g.scope('loss', () => {
    const difference = g.sub(predicted, target);
    const perSample = g.reshape(g.reduceMean(g.mul(difference, difference), [1, 2, 3]), [BATCH]);
    const sampleLosses = g.mul(perSample, g.input(STEP_INPUTS.sampleWeights, [BATCH]));
    return { loss: g.reshape(g.reduceMean(sampleLosses, [0]), []), sampleLosses };
  });
}
