/**
 * What the networks need to know about a checkpoint, already resolved: no defaults left to guess, one entry per block.
 *
 * Fields are named after the config.json of diffusers and transformers. A folder's config.json gives them; for a single
 * file they are read off the weights' names and shapes, and the head counts follow the family's rule.
 */

/** SD 1.x, SD 2.x, SDXL (base). */
export type Family = 'sd1' | 'sd2' | 'sdxl';

export const FAMILY_TITLES: Readonly<Record<Family, string>> = { sd1: 'SD 1.x', sd2: 'SD 2.x', sdxl: 'SDXL' };

/** Pixels of a latent cell's side: every Stable Diffusion VAE halves a picture three times. */
export const CELL = 8;

/** The transformer after each residual block of a UNet block. */
export interface TransformerShape {
  /** Number of transformer layers (`transformer_layers_per_block`), 1 or more. */
  readonly depth: number;
  /** Number of attention heads; the head size is channels / heads. */
  readonly heads: number;
}

export interface UNetBlock {
  readonly outChannels: number;
  /** Residual blocks: `layers_per_block` on the way down, one more on the way up. */
  readonly layers: number;
  /** Missing: a block without attention (DownBlock2D, UpBlock2D). */
  readonly attention?: TransformerShape;
  /** Ends in a strided convolution (down) or in nearest x2 and a convolution (up): all but the last block. */
  readonly resample: boolean;
}

/** The added embedding of SDXL: pooled text and six sizes, joined, through an MLP, added to the time embedding. */
export interface AdditionEmbedding {
  /** Sinusoids per time id (`addition_time_embed_dim`, 256). */
  readonly timeEmbedDim: number;
  /** Width of the MLP's input (`projection_class_embeddings_input_dim`, 2816 = 1280 + 6 * 256). */
  readonly projectionInputDim: number;
}

/** UNet2DConditionModel. */
export interface UNetConfig {
  readonly inChannels: number;
  readonly outChannels: number;
  /** Width per level; `downBlocks[i].outChannels` repeats it. */
  readonly blockOutChannels: readonly number[];
  readonly layersPerBlock: number;
  readonly downBlocks: readonly UNetBlock[];
  /** Residual block, transformer, residual block. */
  readonly midBlock: { readonly outChannels: number; readonly attention: TransformerShape };
  /** From the innermost to the outermost. */
  readonly upBlocks: readonly UNetBlock[];
  readonly crossAttentionDim: number;
  /** `proj_in` and `proj_out` are linear [C, C] (SD 2.x, SDXL) or 1x1 convolutions [C, C, 1, 1] (SD 1.x). */
  readonly useLinearProjection: boolean;
  readonly normNumGroups: number;
  /** Of the residual blocks and `conv_norm_out`; the transformer's own group norm has 1e-6. */
  readonly normEps: number;
  /** Width of the time embedding: four times the first level. */
  readonly timeEmbedDim: number;
  readonly flipSinToCos: boolean;
  readonly freqShift: number;
  /** SDXL only. */
  readonly addition?: AdditionEmbedding;
}

/** AutoencoderKL. Every level has `layersPerBlock` residual blocks in the encoder and one more in the decoder. */
export interface VaeConfig {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly latentChannels: number;
  readonly blockOutChannels: readonly number[];
  readonly layersPerBlock: number;
  readonly normNumGroups: number;
  /** 1e-6, everywhere in the VAE. */
  readonly normEps: number;
  /** latent = sample * scalingFactor: 0.18215 (SD 1.x, 2.x), 0.13025 (SDXL). */
  readonly scalingFactor: number;
  /** Overflows in half precision (the first SDXL VAE). */
  readonly forceUpcast: boolean;
}

/** CLIPTextModel, or CLIPTextModelWithProjection where `projectionDim` is given. */
export interface TextEncoderConfig {
  readonly vocabSize: number;
  readonly maxPositionEmbeddings: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly numHiddenLayers: number;
  readonly numAttentionHeads: number;
  readonly hiddenAct: 'quick_gelu' | 'gelu';
  readonly layerNormEps: number;
  /** `text_projection.weight` is [projectionDim, hiddenSize], no bias. */
  readonly projectionDim?: number;
  /** What fills the tokens after the first end-of-text: 49407 for CLIP-L, 0 for the OpenCLIP encoders. */
  readonly padTokenId: number;
}
