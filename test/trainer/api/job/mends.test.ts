import { describe, expect, test } from 'vitest';
import { jobProblems, mendsOf } from '../../../../trainer/api/job/index.ts';
import type { ErrorReport } from '../../../../trainer/base/errors.ts';

const LEAST = { pretrained_model_name_or_path: 'sd15.safetensors', train_data_dir: 'images', output_dir: 'out' };

const report = (code: ErrorReport['code'], details?: ErrorReport['details']): ErrorReport => ({
  code,
  what: 'It went wrong',
  fix: 'Mend it.',
  ...(details === undefined ? {} : { details }),
});

const changes = (error: ErrorReport, settings: object = {}): readonly object[] =>
  mendsOf(error, { ...LEAST, ...settings }).map(({ set, unset }) => ({ ...set, ...(unset[0] && { unset }) }));

describe('a run that needs more memory than there is', () => {
  const full = report('engine/out-of-memory', { how: 'SIGKILL' });

  test('gets by with less: what changes the result least first', () => {
    expect(changes(full, { train_batch_size: 5 })).toEqual([{ gradient_checkpointing: true }, { train_batch_size: 2 }]);
    // Two passes of one picture make the update that one of two made.
    expect(changes(full, { engine: 'webgpu', gradient_checkpointing: true, train_batch_size: 2 })).toEqual([
      { train_batch_size: 1, gradient_accumulation_steps: 2 },
      { engine: 'cpu' },
    ]);
  });

  test('shrinks its pictures last, to sides that every family can have', () => {
    expect(changes(full, { gradient_checkpointing: true, resolution: '768,512' })).toEqual([{ resolution: '576,384' }]);
    // 320 / 4 * 3 = 240 is below what models draw.
    expect(changes(full, { gradient_checkpointing: true, resolution: 320 })).toEqual([]);
  });

  test('of an autoencoder has no checkpointing to turn on', () => {
    expect(changes(full, { method: 'autoencoder', train_batch_size: 4 })).toEqual([
      { train_batch_size: 2, gradient_accumulation_steps: 2 },
    ]);
  });

  test('while it draws is not helped by smaller batches', () => {
    expect(changes(report('engine/out-of-memory', { drawing: true }), { train_batch_size: 4 })).toEqual([]);
  });
});

describe('a run that diverged', () => {
  const diverged = report('run/diverged', { step: 7 });

  test('learns at a third of all its rates, and is clipped where it was not', () => {
    expect(changes(diverged, { learning_rate: 1e-3, text_encoder_lr: 5e-5, unet_lr: 0 })).toEqual([
      { learning_rate: 0.00033, text_encoder_lr: 0.000017 },
    ]);
    expect(changes(diverged, { max_grad_norm: 0 })).toEqual([{ learning_rate: 0.000033 }, { max_grad_norm: 1 }]);
  });

  test('before it learned anything has no rate to blame', () => {
    expect(changes(report('run/diverged', { step: 1, untrained: true }))).toEqual([]);
  });
});

test('an engine that is not there or crashes makes way for the processor, which makes way for none', () => {
  for (const error of [report('engine/no-device'), report('engine/crashed', { how: 'SIGSEGV' })]) {
    expect(changes(error, { engine: 'cuda' })).toEqual([{ engine: 'cpu' }]);
    expect(changes(error)).toEqual([]);
  }
  expect(changes(report('engine/crashed'), { engine: 'cuda' })).toEqual([]);
});

test('what the model or a LoRA says against a setting is mended in the setting', () => {
  expect(changes(report('checkpoint/other-family', { key: 'v2' }), { v2: true })).toEqual([{ unset: ['v2'] }]);
  expect(changes(report('run/clip-skip', { layers: 1 }))).toEqual([{ clip_skip: 1 }]);
  expect(changes(report('lora/other-rank', { found: 8 }))).toEqual([{ dim_from_weights: true }]);
  expect(changes(report('data/bucket-step', { multiple: 64 }))).toEqual([{ bucket_reso_steps: 64 }]);
});

describe('a setting that cannot be', () => {
  const first = (settings: object) => {
    const table = { ...LEAST, ...settings };
    return jobProblems(table, 'job.toml').flatMap((problem) => mendsOf(problem, table));
  };

  test('goes back to its default; an argument alone, without its list', () => {
    expect(first({ seed: 'x' })).toEqual([{ label: 'Back to the default', set: {}, unset: ['seed'] }]);
    expect(first({ network_args: ['conv_dim=x', 'conv_alpha=2'] })[0]?.unset).toEqual(['network_args.conv_dim']);
  });

  test('under a name of elsewhere is renamed or removed', () => {
    expect(first({ network_dimm: 8 })).toEqual([
      { label: 'Use the name network_dim', set: { network_dim: 8 }, unset: ['network_dimm'] },
      { label: 'Remove network_dimm', set: {}, unset: ['network_dimm'] },
    ]);
    expect(first({ blorp: 1 })).toEqual([{ label: 'Remove blorp', set: {}, unset: ['blorp'] }]);
    expect(first({ optimizer_args: ['beta=1'] })).toEqual([
      { label: 'Remove beta', set: {}, unset: ['optimizer_args.beta'] },
    ]);
  });
});

test.each([
  ['/cats/10_sks cat', '/cats'],
  ['C:\\cats\\10_sks cat\\', 'C:\\cats'],
  ['/cats/sks cat', undefined],
  ['10_sks cat', undefined],
])('one of the image folders is taken for the folder around them: %s', (folder, parent) => {
  const error = report('data/image-folder-given');
  expect(changes(error, { train_data_dir: folder })).toEqual(parent === undefined ? [] : [{ train_data_dir: parent }]);
});
