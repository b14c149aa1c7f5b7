/**
 * Gives a job to Kohya's tools: as the JSON that its GUI loads, or as a TOML file of sd-scripts (`--config_file`).
 */
import { stringify } from 'smol-toml';
import { WHOLE_RUN } from './knob.ts';
import type { JobKey } from './knobs.ts';
import { isJobKey, isRateShare, JOB_KEYS, knobOf } from './knobs.ts';
import { RENAMED } from './kohya-gui.ts';
import type { ForeignFormat } from './kohya-import.ts';
import { splitNameValues } from './name-value-list.ts';
import { parseJob } from './parse.ts';
import { jobTable, type JobTable } from './table.ts';
import { trainsTextEncoder, trainsUnet } from './rules.ts';

export interface Export {
  readonly text: string;
  readonly left: readonly { readonly key: string; readonly why: string }[];
}

const OF_LORA_LOOM = 'it is a setting of LoRA Loom alone';
const OTHER_SCRIPT = 'sd-scripts trains this with another program';

/** What sd-scripts' train_network.py does not know. */
const WITHOUT: Partial<Readonly<Record<JobKey, string>>> = {
  beta_end: OF_LORA_LOOM,
  beta_start: OF_LORA_LOOM,
  class_guidance_scale: OF_LORA_LOOM,
  class_negative_prompt: OF_LORA_LOOM,
  class_sampler: OF_LORA_LOOM,
  class_seed: OF_LORA_LOOM,
  class_size: OF_LORA_LOOM,
  class_steps: OF_LORA_LOOM,
  class_prompt: OF_LORA_LOOM,
  diff_output_preservation_class: OF_LORA_LOOM,
  disc_channels: OTHER_SCRIPT,
  disc_layers: OTHER_SCRIPT,
  disc_start: OTHER_SCRIPT,
  disc_weight: OTHER_SCRIPT,
  ema_decay: OF_LORA_LOOM,
  engine: OF_LORA_LOOM,
  instance_prompt: 'sd-scripts reads folders named "<repeats>_<prompt>": prepare one',
  kl_weight: OTHER_SCRIPT,
  freeze_encoder: OTHER_SCRIPT,
  learned_logvar: OTHER_SCRIPT,
  loss_averaging: OTHER_SCRIPT,
  method: OTHER_SCRIPT,
  model_config: OTHER_SCRIPT,
  noise_schedule: OF_LORA_LOOM,
  num_repeats: 'sd-scripts reads repeats from the names of the folders',
  num_class_images: OF_LORA_LOOM,
  prior_target: 'sd-scripts has it as diff_output_preservation of a subset, in a dataset file',
  reconstruction_loss: OTHER_SCRIPT,
  replace_removed_class_images: OF_LORA_LOOM,
  sample_batch_size: OF_LORA_LOOM,
  sdxl: 'sdxl_train_network.py is the program for SDXL',
  stop_text_encoder_training: 'sd-scripts and its GUI stop no text encoder of a LoRA',
  threads: OF_LORA_LOOM,
  with_prior_preservation: OF_LORA_LOOM,
  trigger_words: OF_LORA_LOOM,
};

/**
 * @param table settings that are not at their default; every required one among them
 * @throws {UserError} of what is wrong with the job
 */
export function exportJob(table: Readonly<Record<string, unknown>>, format: ForeignFormat): Export {
  const job = parseJob(table, 'the job');
  const all = jobTable(job);
  const given = JOB_KEYS.filter((key) => table[key] !== undefined);
  const left = given.flatMap((key) => {
    const why = whyLeft(key, all[key], format);
    const isDefault = JSON.stringify(job[key]) === JSON.stringify(knobOf(key).default);
    return why === undefined || isDefault ? [] : [{ key, why }];
  });
  const kept = Object.fromEntries(
    Object.entries(all).filter(([key, value]) => isJobKey(key) && whyLeft(key, value, format) === undefined),
  );
  if (format === 'kohya-json') return { text: `${JSON.stringify(guiTable(table, kept, job), undefined, 2)}\n`, left };
  return { text: `${withWholeRuns(stringify(kept))}\n`, left };
}

/** sd-scripts takes 1.0 in a file for the whole run, and no percentage; the writer of TOML knows no difference to 1. */
const withWholeRuns = (toml: string): string =>
  toml.replace(/^(\w+) = "100%"$/gm, (line, key: string) => (isRateShare(key) ? `${key} = 1.0` : line));

/** Why a setting has no place in the format; undefined where it has one. */
function whyLeft(key: JobKey, value: unknown, format: ForeignFormat): string | undefined {
  if (format === 'kohya-json' && key === 'sdxl') return undefined;
  if (typeof value === 'string' && value.startsWith('bundled:')) {
    return 'it lies in LoRA Loom, and the name means nothing elsewhere: choose a file or folder there';
  }
  if (key === 'token_warmup_step' && value === WHOLE_RUN)
    return 'sd-scripts takes a number of steps, or less than the run';
  return WITHOUT[key];
}

type Gui = Record<string, string | number | boolean>;

const GUI_NAMES: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(RENAMED).map(([gui, key]) => [key, gui]),
);

/** Settings that become fields of other names and meanings. */
const TOGETHER: readonly string[] = [
  'lr_scheduler_args',
  'lr_warmup_steps',
  'network_args',
  'network_module',
  'network_train_text_encoder_only',
  'network_train_unet_only',
  'optimizer_args',
  'text_encoder_lr',
  'unet_lr',
];

function guiTable(given: Readonly<Record<string, unknown>>, all: JobTable, job: ReturnType<typeof parseJob>): Gui {
  const gui: Gui = {};
  for (const [key, value] of Object.entries(all)) {
    if (TOGETHER.includes(key)) continue;
    gui[GUI_NAMES[key] ?? key] = Array.isArray(value) ? value.join(' ') : (value as string | number | boolean);
  }
  const args = new Map(splitNameValues(all['network_args'] ?? []) ?? []);
  const numberOf = (name: string): number => Number(args.get(name) ?? 0);
  const { lr_warmup_steps: warmup, learning_rate: rate } = job;
  Object.assign(gui, {
    LoRA_type: args.has('conv_dim') ? 'Kohya LoCon' : 'Standard',
    conv_dim: args.has('conv_dim') ? numberOf('conv_dim') : 1,
    conv_alpha: args.has('conv_dim') ? numberOf('conv_alpha') : 1,
    rank_dropout: numberOf('rank_dropout'),
    module_dropout: numberOf('module_dropout'),
    lr_warmup: 'fraction' in warmup ? warmup.fraction * 100 : 0,
    lr_warmup_steps: 'steps' in warmup ? warmup.steps : 0,
    // The GUI always sends both rates; 0 is "not trained".
    unet_lr: trainsUnet(job) ? (job.unet_lr ?? rate) : 0,
    text_encoder_lr: trainsTextEncoder(job) ? (job.text_encoder_lr ?? rate) : 0,
    optimizer_args: [...(jobArguments(given['optimizer_args']) ?? [])].join(' '),
    lr_scheduler_args: [...(jobArguments(given['lr_scheduler_args']) ?? [])].join(' '),
    max_train_epochs: job.max_train_epochs ?? 0,
    max_train_steps: job.max_train_epochs === undefined ? (job.max_train_steps ?? 0) : 0,
    noise_offset_type: job.multires_noise_iterations === undefined ? 'Original' : 'Multires',
    save_model_as: 'safetensors',
    seed: job.seed ?? 0,
  });
  return Object.fromEntries(Object.entries(gui).sort(([a], [b]) => (a < b ? -1 : 1)));
}

const jobArguments = (value: unknown): readonly string[] | undefined =>
  splitNameValues(value)?.map(([name, each]) => `${name}=${String(each)}`);
