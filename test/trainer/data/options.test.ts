import { expect, test } from 'vitest';
import { parseJob } from '../../../trainer/api/job/index.ts';
import { augmentationOptionsOf, captionOptionsOf, durationOf, scanOptionsOf } from '../../../trainer/data/options.ts';
import { PLAIN_CAPTIONS } from '../../support/caption-options.ts';

const job = (settings: Record<string, unknown> = {}) =>
  parseJob({ pretrained_model_name_or_path: 'm', train_data_dir: '/data', output_dir: 'o', ...settings }, 'test');

test('a job of defaults is a folder of folders, .txt captions and buckets around 512', () => {
  expect(scanOptionsOf(job())).toEqual({
    train: { folder: '/data' },
    captionExtension: '.txt',
    wildcards: false,
    buckets: {
      resolution: { width: 512, height: 512 },
      enabled: true,
      minimum: 256,
      maximum: 1024,
      step: 64,
      noUpscale: false,
    },
  });
  expect(captionOptionsOf(job())).toEqual(PLAIN_CAPTIONS);
  expect(augmentationOptionsOf(job(), 7)).toEqual({ seed: 7, flip: false, randomCrop: false, colour: false });
});

test('an instance prompt makes the folder a plain one', () => {
  const options = scanOptionsOf(job({ instance_prompt: 'sks cat', num_repeats: 5, reg_data_dir: '/reg' }));
  expect(options.train).toEqual({ folder: '/data', plain: { prompt: 'sks cat', repeats: 5 } });
  expect(options.regularisation).toEqual({ folder: '/reg' });
});

test('settings of captions reach the caption of each sample', () => {
  const settings = {
    caption_prefix: 'photo',
    caption_dropout_rate: 0.1,
    caption_dropout_every_n_epochs: 3,
    caption_tag_dropout_rate: 0.2,
    shuffle_caption: true,
    keep_tokens: 2,
    keep_tokens_separator: '|||',
    caption_separator: ';',
    secondary_separator: ';;;',
    enable_wildcard: true,
    token_warmup_min: 2,
    token_warmup_step: 0.5,
  };
  expect(captionOptionsOf(job(settings))).toEqual({
    ...PLAIN_CAPTIONS,
    prefix: 'photo',
    dropoutRate: 0.1,
    dropoutEveryEpochs: 3,
    tagDropoutRate: 0.2,
    shuffle: true,
    keepTokens: 2,
    keepTokensSeparator: '|||',
    separator: ';',
    secondarySeparator: ';;;',
    wildcards: true,
    tokenWarmupMinimum: 2,
    tokenWarmupSteps: 0.5,
  });
  expect(captionOptionsOf(job({ token_warmup_step: 300 })).tokenWarmupSteps).toBe(300);
  expect(scanOptionsOf(job(settings)).wildcards).toBe(true);
});

test('epochs win over steps, and 1600 steps over nothing', () => {
  expect(durationOf(job())).toEqual({ kind: 'steps', steps: 1600 });
  expect(durationOf(job({ max_train_steps: 20 }))).toEqual({ kind: 'steps', steps: 20 });
  expect(durationOf(job({ max_train_epochs: 4 }))).toEqual({ kind: 'epochs', epochs: 4 });
});
