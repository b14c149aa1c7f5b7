import { expect, test } from 'vitest';
import type { JsonObject } from '../../../trainer/formats/safetensors/header-json.ts';
import { readTraceSettings } from '../../../trainer/train/trace-settings.ts';

const read = (settings: JsonObject) => readTraceSettings({ settings, steps: 6 });

test.each([
  [{ optimizer_type: 'Prodigy', optimizer_args: ['d_coef=2'] }, ['optimizer_type']],
  [
    { optimizer_args: ['betas=0.9,0.99', 'amsgrad=True', 'nonsense=1'] },
    ['optimizer_args.amsgrad', 'optimizer_args.nonsense'],
  ],
  [{ optimizer_type: 'SGDNesterov', optimizer_args: ['momentum=0'] }, ['optimizer_args.momentum']],
  [{ optimizer_args: 3 }, ['optimizer_args']],
  [{ network_args: ['loraplus_lr_ratio=4', 'conv_dim=2'] }, ['network_args.loraplus_lr_ratio']],
  [{ network_args: ['rank_dropout=0.2', 'module_dropout=0'] }, ['network_args.rank_dropout']],
  [{ mixed_precision: 'fp16', full_bf16: true }, ['mixed_precision', 'full_bf16']],
  [{ loss_type: 'huber', huber_c: 0.2 }, ['loss_type']],
  [{ no_such_option: false }, ['no_such_option']],
])('%o is unknown by name', (settings, unknown) => {
  expect(read(settings).unknown).toEqual(unknown);
});

test('options that are off, as sd-scripts writes them when nobody sets them, are no obstacle', () => {
  const off = {
    mixed_precision: 'no',
    full_fp16: false,
    fp8_base: false,
    loss_type: 'l2',
    huber_schedule: 'snr',
    zero_terminal_snr: false,
    multires_noise_iterations: 0,
    ip_noise_gamma: null,
    network_dropout: 0,
    network_args: ['rank_dropout=0'],
    scale_weight_norms: null,
    optimizer_type: '',
    optimizer_args: null,
  };
  expect(read(off).unknown).toEqual([]);
});

test('what made the recorded pictures and captions cannot clash', () => {
  const dataset = {
    resolution: '64,64',
    enable_bucket: true,
    random_crop: true,
    cache_latents: true,
    output_name: '/',
  };
  expect(read(dataset).unknown).toEqual([]);
});

test('arguments of the optimizer may be a list, a text or a table', () => {
  const expected = { kind: 'adamw', betas: [0.8, 0.95], epsilon: 1e-8, weightDecay: 0.5 };
  expect(read({ optimizer_args: ['betas=(0.8, 0.95)', 'weight_decay=0.5'] }).optimizer).toEqual(expected);
  expect(read({ optimizer_args: 'betas=0.8,0.95 weight_decay=0.5' }).optimizer).toEqual(expected);
  expect(read({ optimizer_args: { betas: [0.8, 0.95], weight_decay: 0.5 } }).optimizer).toEqual(expected);
});

test('a trace may show the first steps of a longer run, whose schedule counts', () => {
  expect(read({}).totalSteps).toBe(6);
  expect(read({ max_train_steps: 20 }).totalSteps).toBe(20);
  expect(read({ max_train_epochs: 3 })).toMatchObject({ totalSteps: 6, unknown: [] });
});

test("what is not said has sd-scripts' default, not ours", () => {
  // train_util.add_training_arguments: learning_rate 2e-6
  expect(read({ unet_lr: 1e-3 }).job).toMatchObject({ learning_rate: 2e-6, unet_lr: 1e-3, network_dim: 4 });
});
