/**
 * Where each setting stands: Kohya’s sections in Kohya's order. A setting that no list names lands at the end of the
 * section that takes its group, so that a new knob has a field at once.
 */
import {
  ARGUMENTS_OF_OPTIMIZER,
  JOB_KEYS,
  KNOBS,
  knobOf,
  type JobKey,
  type KnobGroup,
} from '../../trainer/api/job/index.ts';
import type { FieldOfJob } from './settings.ts';

export type SectionId =
  'model' | 'folders' | 'classes' | 'metadata' | 'basic' | 'advanced' | 'autoencoder' | 'samples' | 'engine';

interface SectionPlan {
  readonly id: SectionId;
  readonly keys: readonly JobKey[];
  /** Groups whose unnamed settings land here. */
  readonly takes: readonly KnobGroup[];
  readonly opensAtFirst: boolean;
}

const PLAN: readonly SectionPlan[] = [
  {
    id: 'model',
    keys: [
      'pretrained_model_name_or_path',
      'output_name',
      'method',
      'train_data_dir',
      'instance_prompt',
      'num_repeats',
      'v2',
      'v_parameterization',
      'sdxl',
      'training_comment',
      'save_model_as',
      'save_precision',
      'model_config',
    ],
    takes: [],
    opensAtFirst: true,
  },
  {
    id: 'folders',
    keys: ['output_dir', 'reg_data_dir'],
    takes: ['Folders'],
    opensAtFirst: true,
  },
  { id: 'metadata', keys: [], takes: ['Metadata'], opensAtFirst: false },
  { id: 'classes', keys: [], takes: ['Class images'], opensAtFirst: false },
  {
    id: 'basic',
    keys: [
      'network_module',
      'train_batch_size',
      'network_weights',
      'dim_from_weights',
      'max_train_epochs',
      'max_train_steps',
      'save_every_n_epochs',
      'caption_extension',
      'seed',
      'cache_latents',
      'cache_latents_to_disk',
      'lr_scheduler',
      'lr_warmup_steps',
      'lr_scheduler_num_cycles',
      'lr_scheduler_power',
      'lr_scheduler_args',
      'optimizer_type',
      'learning_rate',
      'optimizer_args',
      'max_grad_norm',
      'resolution',
      'enable_bucket',
      'min_bucket_reso',
      'max_bucket_reso',
      'text_encoder_lr',
      'unet_lr',
      'stop_text_encoder_training',
      'network_dim',
      'network_alpha',
      'network_args',
      'scale_weight_norms',
      'network_dropout',
    ],
    takes: [],
    opensAtFirst: true,
  },
  {
    id: 'advanced',
    keys: [
      'gradient_accumulation_steps',
      'prior_loss_weight',
      'prior_target',
      'diff_output_preservation_class',
      'trigger_words',
      'vae',
    ],
    takes: [
      'Model',
      'Dataset',
      'Captions',
      'Buckets',
      'Network',
      'Learning rate',
      'Optimizer',
      'Training',
      'Noise and loss',
      'Saving',
    ],
    opensAtFirst: false,
  },
  { id: 'autoencoder', keys: [], takes: ['Autoencoder'], opensAtFirst: false },
  { id: 'samples', keys: [], takes: ['Samples'], opensAtFirst: false },
  { id: 'engine', keys: [], takes: ['Engine'], opensAtFirst: false },
];

export interface FormSection {
  readonly id: SectionId;
  readonly keys: readonly JobKey[];
  readonly opensAtFirst: boolean;
}

export const SECTIONS: readonly FormSection[] = PLAN.map(({ id, keys, takes, opensAtFirst }) => {
  const named = new Set(PLAN.flatMap((section) => section.keys));
  const rest = takes.flatMap((group) => JOB_KEYS.filter((key) => !named.has(key) && knobOf(key).group === group));
  return { id, keys: [...keys, ...rest], opensAtFirst };
});

const SECTION_OF: ReadonlyMap<JobKey, FormSection> = new Map(
  SECTIONS.flatMap((section) => section.keys.map((key) => [key, section])),
);

export const sectionOf = (key: JobKey): FormSection | undefined => SECTION_OF.get(key);

/** What the simple view shows: enough for a good LoRA, few enough to read. */
export const SIMPLE_KEYS: ReadonlySet<JobKey> = new Set<JobKey>([
  'pretrained_model_name_or_path',
  'output_name',
  'train_data_dir',
  'output_dir',
  'instance_prompt',
  'num_repeats',
  'with_prior_preservation',
  'train_batch_size',
  'max_train_steps',
  'learning_rate',
  'resolution',
  'network_dim',
  'network_alpha',
  'sample_prompts',
  'sample_every_n_steps',
  'engine',
]);

/** What class images are made from, and where they lie. */
const OF_CLASS_IMAGES: ReadonlySet<JobKey> = new Set<JobKey>(['reg_data_dir', 'class_prompt', 'num_class_images']);

/** Whether the simple view shows it: class images have more to say once they are wanted. */
export const isSimple = (key: JobKey, table: Readonly<Record<string, unknown>>): boolean =>
  SIMPLE_KEYS.has(key) || (table['with_prior_preservation'] === true && OF_CLASS_IMAGES.has(key));

/** Settings that mean nothing for a method. They are shown all the same when they are set. */
export function concernsMethod(key: JobKey, method: unknown): boolean {
  const { group } = knobOf(key);
  if (group === 'Autoencoder') return method === 'autoencoder';
  if (group === 'Class images' && method === 'autoencoder') return false;
  if (method === 'lora' || method === undefined) return !WHOLE_NETWORKS_ONLY.has(key);
  return group !== 'Network';
}

/** A list of one is nothing to choose from: such a setting is there for the files that name it. */
export const offersChoice = ({ knob }: FieldOfJob): boolean => knob.choices?.length !== 1;

/** Arguments within a list that mean something beside these settings. */
export function concernsArgument(key: JobKey, argument: string, table: Readonly<Record<string, unknown>>): boolean {
  if (key === 'lr_scheduler_args') return table['lr_scheduler'] === 'piecewise_constant';
  if (key !== 'optimizer_args') return true;
  const optimizer = KNOBS.optimizer_type.schema.safeParse(table['optimizer_type'] ?? KNOBS.optimizer_type.default);
  const taken: readonly string[] = optimizer.success ? ARGUMENTS_OF_OPTIMIZER[optimizer.data] : [argument];
  return taken.includes(argument);
}

const WHOLE_NETWORKS_ONLY: ReadonlySet<JobKey> = new Set<JobKey>(['model_config', 'save_model_as']);
