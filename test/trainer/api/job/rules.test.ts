import { describe, expect, test } from 'vitest';
import {
  JOB_RULES,
  jobProblems,
  mendsOf,
  parseJob,
  trainsTextEncoder,
  trainsUnet,
  type Mend,
} from '../../../../trainer/api/job/index.ts';

const LEAST = { pretrained_model_name_or_path: 'sd15.safetensors', train_data_dir: 'images', output_dir: 'out' };

/** For each rule, in order: settings that break it and nothing else. */
const BREAKING: readonly (readonly [object, string])[] = [
  [
    { method: 'finetune', model_config: 'config' },
    'pretrained_model_name_or_path says to go on with a checkpoint, and model_config to start from scratch',
  ],
  [
    { pretrained_model_name_or_path: undefined, model_config: 'config' },
    'model_config starts networks from random numbers, but a LoRA needs a trained checkpoint to add to',
  ],
  [
    { method: 'finetune', pretrained_model_name_or_path: undefined, model_config: 'config', unet_lr: 0 },
    'model_config starts the UNet from random numbers, and this job does not train it',
  ],
  [
    { method: 'autoencoder', pretrained_model_name_or_path: undefined, model_config: 'config', vae: 'vae' },
    'vae says to go on with an autoencoder, and model_config to start from scratch',
  ],
  [
    { method: 'autoencoder', pretrained_model_name_or_path: undefined, model_config: 'config', freeze_encoder: true },
    'model_config starts the encoder from random numbers, and freeze_encoder would leave it so',
  ],
  [
    { method: 'autoencoder', disc_start: 1000 },
    'disc_start = 1000 says when the discriminator begins, but disc_weight gives it no weight',
  ],
  [
    { method: 'finetune', output_name: 'State' },
    'output_name = "State" is the name of a folder that every run has inside its own',
  ],
  [{ save_model_as: 'diffusers' }, 'save_model_as = "diffusers" is for whole models; a LoRA is one safetensors file'],
  [
    { method: 'finetune', network_weights: 'cat.safetensors' },
    'network_weights is about a LoRA, but method = "finetune" trains whole networks',
  ],
  [
    { with_prior_preservation: true, reg_data_dir: 'reg' },
    'with_prior_preservation draws class images, but the job does not say what they show (class_prompt)',
  ],
  [{ v2: true, sdxl: true }, 'v2 and sdxl are both true, but a checkpoint is of one family only'],
  [
    { network_train_unet_only: true, network_train_text_encoder_only: true },
    'network_train_unet_only and network_train_text_encoder_only are both true, so nothing would be trained',
  ],
  [
    { network_train_unet_only: true, unet_lr: 0 },
    'All learning rates of what would be trained are 0, so nothing would be learned',
  ],
  [
    { max_train_steps: 100, max_train_epochs: 2 },
    'max_train_steps = 100 and max_train_epochs = 2 both say how long the run is',
  ],
  [{ lr_warmup_steps: 10 }, 'lr_warmup_steps is set, but lr_scheduler = "constant" has no warmup'],
  [
    { lr_scheduler: 'cosine_with_min_lr' },
    'lr_scheduler = "cosine_with_min_lr" needs lr_scheduler_min_lr_ratio, which is missing',
  ],
  [
    { lr_scheduler: 'piecewise_constant' },
    'lr_scheduler = "piecewise_constant" needs step_rules in lr_scheduler_args, which are missing',
  ],
  [
    { lr_scheduler: 'cosine', lr_scheduler_args: ['step_rules=1:100,0.1'] },
    'lr_scheduler_args has step_rules, but lr_scheduler = "cosine" does not use them',
  ],
  [
    { optimizer_type: 'Lion', optimizer_args: ['eps=1e-8', 'momentum=0.9'] },
    'The optimizer Lion has no argument eps, momentum',
  ],
  [
    { beta_start: 0.02, beta_end: 0.01 },
    'beta_start = 0.02 is above beta_end = 0.01, but noise grows with the timestep',
  ],
  [
    { noise_schedule: 'squaredcos_cap_v2', beta_end: 0.02 },
    'noise_schedule = "cosine" has a start and an end of its own, so beta_start and beta_end mean nothing',
  ],
  [{ adaptive_noise_scale: 0.01 }, 'adaptive_noise_scale adds to noise_offset, which is not set'],
  [
    { network_args: ['conv_alpha=4'] },
    'network_args has conv_alpha but no conv_dim, so there are no convolutions that it could scale',
  ],
  [{ dim_from_weights: true }, 'dim_from_weights is true, but network_weights names no file to take the ranks from'],
  [
    { random_crop: true, cache_latents: true },
    'random_crop cuts another part each time, but cached latents hold one part only',
  ],
  [
    { color_aug: true, cache_latents_to_disk: true },
    'color_aug changes the colours anew each time, but cached latents hold one version only',
  ],
  [{ cache_latents: false, cache_latents_to_disk: true }, 'cache_latents_to_disk is true, but cache_latents is false'],
  [
    { min_bucket_reso: 512, max_bucket_reso: 256, bucket_no_upscale: true },
    'min_bucket_reso = 512 is above max_bucket_reso = 256',
  ],
  [{ bucket_reso_steps: 50 }, 'bucket_reso_steps = 50 is no multiple of 32'],
  [
    { bucket_reso_steps: 512 },
    'min_bucket_reso = 256 is below bucket_reso_steps = 512, so the smallest bucket would have no pixels',
  ],
  [
    { resolution: '256,768', min_bucket_reso: 320 },
    'The shorter side of resolution, 256, is below min_bucket_reso = 320',
  ],
  [{ resolution: 1152 }, 'The longer side of resolution, 1152, is above max_bucket_reso = 1024'],
  [
    { resolution: 500, enable_bucket: false },
    'Without buckets every image gets 500x500 pixels, but sides must be multiples of 32',
  ],
  [
    { num_repeats: 10 },
    'num_repeats is for a plain folder of images, but there is no instance_prompt to make train_data_dir one',
  ],
  [
    { stop_text_encoder_training: 100, network_train_text_encoder_only: true },
    'stop_text_encoder_training ends the training of the text encoder, and nothing else is trained after it',
  ],
  [
    { prior_target: 'frozen_model' },
    'prior_target says what regularisation images are trained towards, but reg_data_dir names none',
  ],
  [
    { trigger_words: 'sks dog' },
    'trigger_words are what diff_output_preservation_class takes the place of, but there is no diff_output_preservation_class',
  ],
  [
    {
      method: 'finetune',
      pretrained_model_name_or_path: undefined,
      model_config: 'config',
      diff_output_preservation_class: 'dog',
    },
    'diff_output_preservation_class keeps what a model knows, but model_config starts networks from random numbers',
  ],
  [{ min_timestep: 500, max_timestep: 500 }, 'min_timestep = 500 is not below max_timestep = 500'],
  [{ save_last_n_epochs: 3 }, 'save_last_n_epochs says how many files to keep, but save_every_n_epochs makes none'],
  [{ save_last_n_steps: 30 }, 'save_last_n_steps says how many files to keep, but save_every_n_steps makes none'],
  [{ sample_at_first: true }, 'Samples are asked for, but sample_prompts names no file with prompts'],
];

const tableOf = (settings: object): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries({ ...LEAST, ...settings }).filter(([, value]) => value !== undefined));

/** As a form takes it over; an argument goes with the whole of its list. */
function mended(table: ReturnType<typeof tableOf>, { set, unset }: Mend): object {
  const gone = unset.map((path) => path.split('.')[0]);
  return { ...Object.fromEntries(Object.entries(table).filter(([key]) => !gone.includes(key))), ...set };
}

describe('rules between settings', () => {
  test('each rule has a case here', () => {
    expect(BREAKING).toHaveLength(JOB_RULES.length);
  });

  test.each(BREAKING.map(([settings, what], index) => ({ settings, what, index })))('$what', (row) => {
    const problems = jobProblems(tableOf(row.settings), 'job.toml');
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ code: 'job/conflict', what: row.what, fix: JOB_RULES[row.index]?.fix });
  });

  test.each(BREAKING.map(([settings, what]) => ({ settings, what })))(
    'a button mends it, and breaks nothing: $what',
    ({ settings }) => {
      const table = tableOf(settings);
      const mends = jobProblems(table, 'job.toml').flatMap((problem) => mendsOf(problem, table));
      expect(mends).not.toEqual([]);
      for (const mend of mends) expect(jobProblems(mended(table, mend), 'job.toml'), mend.label).toEqual([]);
    },
  );

  test('the words on a button name the fields', () => {
    const wordsOf = (settings: object): readonly string[] => {
      const table = tableOf(settings);
      return jobProblems(table, 'job.toml').flatMap((problem) => mendsOf(problem, table).map(({ label }) => label));
    };
    expect(wordsOf({ v2: true, sdxl: true })).toEqual(['Clear “v2” and “SDXL”']);
    expect(wordsOf({ random_crop: true, cache_latents: true })).toEqual([
      'Turn off “Cache latents” and “Cache latents to disk”',
      'Turn off “Random crop instead of center crop”',
    ]);
    expect(wordsOf({ min_bucket_reso: 512, max_bucket_reso: 256, bucket_no_upscale: true })).toEqual([
      'Set “Minimum bucket resolution” to 256 and “Maximum bucket resolution” to 512',
    ]);
    expect(wordsOf({ lr_scheduler: 'piecewise_constant', lr_scheduler_args: ['step_rules=no'] })).toEqual([
      'Set “LR Scheduler” to constant, clear “Step rules”',
    ]);
    expect(wordsOf({ lr_warmup_steps: 10 })[0]).toBe('Set “LR warmup” to 0');
  });
});

test('what trains follows from the rates and the two switches', () => {
  const parts = (settings: object): readonly boolean[] => {
    const job = parseJob({ ...LEAST, ...settings }, 'job.toml');
    return [trainsUnet(job), trainsTextEncoder(job)];
  };
  expect(parts({})).toEqual([true, true]);
  expect(parts({ network_train_unet_only: true })).toEqual([true, false]);
  expect(parts({ network_train_text_encoder_only: true })).toEqual([false, true]);
  expect(parts({ text_encoder_lr: 0 })).toEqual([true, false]);
  expect(parts({ unet_lr: 0 })).toEqual([false, true]);
});

test('an autoencoder has one learning rate; those of the UNet and the text encoder say nothing about it', () => {
  const autoencoder = { ...LEAST, method: 'autoencoder' };
  expect(jobProblems({ ...autoencoder, unet_lr: 0, text_encoder_lr: 0 }, 'job.toml')).toEqual([]);
  expect(jobProblems({ ...autoencoder, learning_rate: 0, unet_lr: 1e-4 }, 'job.toml')).toMatchObject([
    { what: 'All learning rates of what would be trained are 0, so nothing would be learned' },
  ]);
});

test('a text encoder may stay random in a model from scratch: that is told, not refused', () => {
  const scratch = {
    train_data_dir: 'images',
    output_dir: 'out',
    method: 'finetune',
    model_config: 'config',
    text_encoder_lr: 0,
  };
  expect(jobProblems(scratch, 'job.toml')).toEqual([]);
});
