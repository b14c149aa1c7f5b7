/**
 * Which settings a method does not use.
 */
import type { KnobGroup } from './knob.ts';
import { knobOf, type Job, type JobKey } from './knobs.ts';

type Method = Job['method'];

const LORA = 'it is about a LoRA, and this method trains whole networks';
const PIXELS = 'an autoencoder is trained on pictures alone, without captions, noise and latents';

/** Of the group Network, but about which networks are trained. */
const PARTS: readonly JobKey[] = ['network_train_unet_only', 'network_train_text_encoder_only'];

/** Groups that only some methods read. */
const GROUPS: Readonly<Partial<Record<KnobGroup, Readonly<Partial<Record<Method, string>>>>>> = {
  Network: { finetune: LORA, autoencoder: LORA },
  Autoencoder: {
    lora: 'it is about the training of an autoencoder (method = "autoencoder")',
    finetune: 'it is about the training of an autoencoder (method = "autoencoder")',
  },
  'Class images': { autoencoder: 'an autoencoder knows no classes' },
  Captions: { autoencoder: PIXELS },
  'Noise and loss': { autoencoder: PIXELS },
};

/** What an autoencoder does not read, of the groups that it reads. */
const NOT_OF_AUTOENCODERS: Readonly<Partial<Record<JobKey, string>>> = {
  reg_data_dir: 'they keep a model from forgetting a class, and an autoencoder knows none',
  clip_skip: PIXELS,
  v_parameterization: PIXELS,
  cache_latents_to_disk: PIXELS,
  network_train_unet_only: PIXELS,
  network_train_text_encoder_only: PIXELS,
  unet_lr: 'the learning rate of an autoencoder is learning_rate',
  text_encoder_lr: 'the learning rate of an autoencoder is learning_rate',
  gradient_checkpointing: 'the step of an autoencoder has none',
  sample_prompts: 'the samples of an autoencoder are pictures of the dataset beside their reconstructions',
  sample_sampler: 'the samples of an autoencoder are pictures of the dataset beside their reconstructions',
};

/** Why a setting does nothing with this method; undefined where it does something. */
export function whyUnused(method: Method, key: JobKey): string | undefined {
  const own = method === 'autoencoder' ? NOT_OF_AUTOENCODERS[key] : undefined;
  return own ?? (PARTS.includes(key) ? undefined : GROUPS[knobOf(key).group]?.[method]);
}
