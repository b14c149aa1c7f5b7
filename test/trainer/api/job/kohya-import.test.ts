import { expect, test } from 'vitest';
import { exportJob, importJob, parseJob } from '../../../../trainer/api/job/index.ts';
import { UserError } from '../../../../trainer/base/errors.ts';
import { KOHYA_GUI_CONFIG } from '../../../support/kohya-gui-config.ts';

const imported = importJob(JSON.stringify(KOHYA_GUI_CONFIG));

test("the GUI's JSON becomes a job that can be read", () => {
  const job = parseJob(imported.table, 'the test');
  expect(imported.report.format).toBe('kohya-json');
  expect(job).toMatchObject({
    resolution: { width: 512, height: 768 },
    clip_skip: 2,
    network_dim: 32,
    network_alpha: 16,
    max_bucket_reso: 2048,
    bucket_no_upscale: true,
    lr_scheduler: 'cosine',
    min_snr_gamma: 5,
    noise_offset: 0.05,
    save_precision: 'fp16',
    sample_sampler: 'euler_a',
    seed: undefined,
  });
  // LR warmup of 10 % is a tenth of the run; a text encoder rate of 0 is "not trained" (landscape.md 1.18).
  expect(job.lr_warmup_steps).toEqual({ fraction: 0.1 });
  expect(job.network_train_unet_only).toBe(true);
  // Neither steps nor epochs given: the GUI multiplies the folders' steps by "Epoch".
  expect(job.max_train_epochs).toBe(10);
});

test('what is taken as it is, what has no effect and what means something else are told apart', () => {
  const { used, ignored, changed } = imported.report;
  expect(used).toContainEqual({ from: 'max_resolution', key: 'resolution' });
  expect(ignored.map(({ from }) => from).sort()).toEqual(
    [
      'multires_noise_iterations',
      'num_cpu_threads_per_process',
      'wandb_api_key',
      'weighted_captions',
      'xformers',
    ].sort(),
  );
  expect(changed.map(({ from }) => from).sort()).toEqual(
    ['epoch', 'lr_warmup', 'mixed_precision', 'optimizer', 'text_encoder_lr'].sort(),
  );
  for (const { why } of [...ignored, ...changed]) expect(why).not.toBe('');
});

test('fields that nobody touched are not reported', () => {
  const { used, ignored, changed } = imported.report;
  const told = [...used, ...ignored, ...changed].map(({ from }) => from);
  for (const quiet of ['factor', 'loss_type', 'huber_c', 'conv_dim', 'v2', 'LyCORIS_preset', 'train_on_input']) {
    expect(told).not.toContain(quiet);
  }
});

test("the GUI's sample prompts are given back as the text that they are, and how often they are drawn is taken", () => {
  expect(imported.prompts).toBe('a cat --n low quality\na dog');
  const { table, prompts } = importJob(JSON.stringify({ sample_prompts: 'a cat', sample_every_n_epochs: 2 }));
  expect([table, prompts]).toEqual([{ sample_every_n_epochs: 2 }, 'a cat']);
});

test('a file of sample prompts is named as it is', () => {
  const { table, prompts } = importJob(
    JSON.stringify({ sample_prompts: ' D:/lora/prompt.txt', sample_every_n_steps: 50 }),
  );
  expect([table, prompts]).toEqual([{ sample_every_n_steps: 50, sample_prompts: 'D:/lora/prompt.txt' }, undefined]);
});

test('samples without prompts, which the GUI does not draw, are left out so that the job is no contradiction', () => {
  const { table, report } = importJob(JSON.stringify({ sample_prompts: '\n', sample_every_n_epochs: 1 }));
  expect(table).toEqual({});
  expect(report.ignored).toEqual([
    {
      from: 'sample_every_n_epochs',
      value: '1',
      why: 'there are no prompts, so the GUI draws no samples either',
    },
  ]);
});

test('an optimizer that there is not becomes the one that is advised, and says so', () => {
  const { table, report } = importJob(JSON.stringify({ optimizer: 'Prodigy', LoRA_type: 'LyCORIS/LoKr' }));
  expect(table['optimizer_type']).toBe('AdamW');
  expect(report.changed.map(({ from, now }) => [from, now])).toEqual([
    ['optimizer', 'AdamW'],
    ['LoRA_type', 'networks.lora'],
  ]);
});

test('convolutions of a LoCon and dropouts become network_args', () => {
  const { table } = importJob(
    JSON.stringify({ LoRA_type: 'Kohya LoCon', conv_dim: 8, conv_alpha: 4, rank_dropout: 0.1, module_dropout: 0 }),
  );
  expect(table['network_args']).toEqual(['conv_dim=8', 'conv_alpha=4', 'rank_dropout=0.1']);
});

test('a zero that the GUI would drop is kept, and told', () => {
  const { table, report } = importJob(JSON.stringify({ max_grad_norm: 0 }));
  expect(table['max_grad_norm']).toBe(0);
  expect(report.changed[0]?.why).toContain("Kohya's GUI drops a zero and trains with 1");
});

test('additional parameters are read as options', () => {
  const text = '--max_grad_norm=0.5 --flip_aug --network_args "x=1" --no_such_thing 3';
  const { table, report } = importJob(JSON.stringify({ additional_parameters: text }));
  expect(table).toEqual({ max_grad_norm: 0.5, flip_aug: true });
  expect(report.ignored.map(({ from }) => from)).toEqual(['network_args.x', 'additional_parameters']);
});

test('a TOML file of sd-scripts is read with its tables', () => {
  const { table, report } = importJob(
    '[model]\npretrained_model_name_or_path = "m"\nv2 = false\n[training]\nlr_warmup_steps = 0.1\nsdpa = true\nloss_type = "huber"\n',
  );
  expect(report.format).toBe('sd-scripts-toml');
  expect(table).toEqual({ pretrained_model_name_or_path: 'm', lr_warmup_steps: 0.1 });
  expect(report.ignored.map(({ from }) => from)).toEqual(['sdpa', 'loss_type']);
});

test('sd-scripts’ 1 is one step and its 1.0 the whole run; 100 % of the GUI is the whole run too', () => {
  const warmupOf = (text: string): unknown => importJob(text).table['lr_warmup_steps'];
  expect(warmupOf('lr_warmup_steps = 1\n')).toBe(1);
  expect(warmupOf('[training]\nlr_warmup_steps = 1.0\n')).toBe('100%');
  expect(warmupOf('lr_warmup_steps = 0.125\n')).toBe(0.125);
  expect(warmupOf(JSON.stringify({ lr_scheduler: 'cosine', lr_warmup: 100 }))).toBe('100%');
  expect(warmupOf(JSON.stringify({ lr_scheduler: 'cosine', lr_warmup: 12.5 }))).toBe(0.125);
});

test.each([1, '100%', 0.125])(
  'a warmup of %s is the same after it was given to either tool and taken back',
  (written) => {
    const places = { pretrained_model_name_or_path: 'm', train_data_dir: 'd', output_dir: 'o' };
    const table = { ...places, lr_scheduler: 'cosine', lr_warmup_steps: written };
    for (const format of ['kohya-json', 'sd-scripts-toml'] as const) {
      const { text } = exportJob(table, format);
      expect(text).not.toContain('%');
      expect(importJob(text).table['lr_warmup_steps'], text).toBe(written);
    }
  },
);

test('what 1.0 means to sd-scripts depends on the setting: a token warmup of 1.0 is one step, and all of the run cannot be said', () => {
  expect(importJob('token_warmup_step = 1.0\n').table['token_warmup_step']).toBe(1);
  const places = { pretrained_model_name_or_path: 'm', train_data_dir: 'd', output_dir: 'o' };
  const { text, left } = exportJob({ ...places, token_warmup_step: '100%' }, 'sd-scripts-toml');
  expect(text).not.toContain('token_warmup_step');
  expect(left.map(({ key }) => key)).toEqual(['token_warmup_step']);
});

test('what is neither is told in a sentence', () => {
  for (const text of ['{"a": 1', '{ broken', 'just text']) {
    const fail = (): unknown => importJob(text);
    expect(fail, text).toThrow(UserError);
  }
});

test('a job given to the GUI and taken back is the same job', () => {
  const table = {
    pretrained_model_name_or_path: 'm.safetensors',
    train_data_dir: 'img',
    output_dir: 'out',
    network_dim: 16,
    network_args: ['conv_dim=8', 'conv_alpha=2'],
    optimizer_args: ['weight_decay=0.1'],
    lr_scheduler: 'cosine',
    lr_warmup_steps: 0.05,
    unet_lr: 2e-4,
    text_encoder_lr: 5e-5,
    max_train_epochs: 4,
    resolution: '512,512',
  };
  const { text, left } = exportJob(table, 'kohya-json');
  expect(left).toEqual([]);
  const before = parseJob(table, 'the test');
  const after = parseJob(importJob(text).table, 'the test');
  expect({ ...after, save_model_as: undefined }).toEqual(before);
});

test('what sd-scripts does not know is left out of its TOML, and told', () => {
  const table = { pretrained_model_name_or_path: 'm', train_data_dir: 'd', output_dir: 'o', engine: 'webgpu' };
  const { text, left } = exportJob(table, 'sd-scripts-toml');
  expect(left.map(({ key }) => key)).toEqual(['engine']);
  expect(text).not.toContain('webgpu');
  expect(parseJob(importJob(text).table, 'the test')).toEqual(parseJob({ ...table, engine: 'cpu' }, 'the test'));
});

test('what comes with LoRA Loom is named in neither format, and told', () => {
  const table = { pretrained_model_name_or_path: 'bundled:model', train_data_dir: 'd', output_dir: 'o' };
  for (const format of ['kohya-json', 'sd-scripts-toml'] as const) {
    const { text, left } = exportJob(table, format);
    expect(left).toEqual([
      { key: 'pretrained_model_name_or_path', why: expect.stringContaining('choose a file or folder there') as string },
    ]);
    expect(text).not.toContain('bundled:');
  }
});
