import { describe, expect, test } from 'vitest';
import { pythonFloat, trainingMetadata } from '../../../../trainer/formats/lora/metadata.ts';
import { modelspecMetadata, type ModelspecFacts } from '../../../../trainer/formats/lora/modelspec.ts';
import { dataText } from '../key-lists.ts';

interface Reference {
  readonly keys_current_sd_scripts: Readonly<Record<string, readonly string[]>>;
  readonly real_example_sdxl: { readonly values: Readonly<Record<string, string>> };
  readonly modelspec: { readonly lora_values_sd_scripts: Readonly<Record<string, Readonly<Record<string, string>>>> };
}

const REFERENCE = JSON.parse(dataText('lora/metadata.json')) as Reference;
const KEYS = REFERENCE.keys_current_sd_scripts;

describe('training metadata', () => {
  test('a run that says nothing still has every key that sd-scripts always writes', () => {
    expect(Object.keys(trainingMetadata({})).sort()).toEqual([...(KEYS['always'] ?? [])].sort());
  });

  test('without metadata only what a loader needs is left', () => {
    const facts = { ss_network_args: { conv_dim: '4' }, ss_tag_frequency: { secret: { tag: 1 } } };
    expect(Object.keys(trainingMetadata(facts, true)).sort()).toEqual([...(KEYS['no_metadata_minimum'] ?? [])].sort());
  });

  test('values are text as Python prints them, as in a real file', () => {
    const real = REFERENCE.real_example_sdxl.values;
    const facts = {
      ss_clip_skip: 2,
      ss_network_dim: 32,
      ss_network_alpha: 32,
      ss_learning_rate: 1,
      ss_max_grad_norm: 1,
      ss_min_snr_gamma: 5,
      ss_noise_offset: 0.03,
      ss_cache_latents: true,
      ss_full_fp16: false,
      ss_training_started_at: 1726066908.2484195,
      ss_base_model_version: 'sdxl_base_v1-0',
      ss_sd_model_name: '290640.safetensors',
      ss_lr_scheduler: 'cosine',
    };
    const written = trainingMetadata(facts);
    for (const key of Object.keys(facts)) expect(written[key], key).toBe(real[key]);
    // Options that the run did not use.
    for (const key of [
      'ss_ip_noise_gamma',
      'ss_network_dropout',
      'ss_face_crop_aug_range',
      'ss_adaptive_noise_scale',
    ]) {
      expect(written[key], key).toBe(real[key]);
    }
  });

  test('maps are JSON, sizes are pairs', () => {
    const written = trainingMetadata({
      ss_dataset_dirs: { cat: { n_repeats: 2, img_count: 10 } },
      ss_resolution: [512, 768],
    });
    expect(written['ss_dataset_dirs']).toBe('{"cat":{"n_repeats":2,"img_count":10}}');
    expect(written['ss_resolution']).toBe('(512, 768)');
  });

  test('floats look as in Python', () => {
    // repr() of Python 3: the exponent has two digits and begins below 1e-4 and from 1e16.
    const pairs: [number, string][] = [
      [1, '1.0'],
      [0, '0.0'],
      [0.0001, '0.0001'],
      [0.00001, '1e-05'],
      [1.5e-7, '1.5e-07'],
      [1e16, '1e+16'],
      [123456.75, '123456.75'],
      [1e15, '1000000000000000.0'],
      [-2.5, '-2.5'],
      [Infinity, 'inf'],
      [NaN, 'nan'],
    ];
    for (const [value, text] of pairs) expect(pythonFloat(value)).toBe(text);
  });
});

describe('modelspec', () => {
  const facts: ModelspecFacts = {
    family: 'sd1',
    predictionType: 'epsilon',
    resolution: { width: 512, height: 512 },
    title: 'cat',
    date: '2024-09-11T15:17:43',
    version: '0.1.0',
  };

  test.each([
    ['sd1.5', facts],
    ['sd2.1-base', { ...facts, family: 'sd2' }],
    [
      'sd2.1-768v',
      { ...facts, family: 'sd2', predictionType: 'v_prediction', resolution: { width: 768, height: 768 } },
    ],
    ['sdxl', { ...facts, family: 'sdxl', resolution: { width: 1024, height: 1024 } }],
  ] as [string, ModelspecFacts][])('%s has the values that sd-scripts writes', (name, given) => {
    expect(modelspecMetadata(given)).toMatchObject(REFERENCE.modelspec.lora_values_sd_scripts[name] ?? {});
  });

  test('a whole checkpoint is none of a LoRA, and of the layout of Stability', () => {
    // sd-scripts library/sai_model_spec.py: no suffix, IMPL_STABILITY_AI for a single file.
    const v = { ...facts, family: 'sd2', predictionType: 'v_prediction' } as const;
    expect(modelspecMetadata(v, 'checkpoint')).toMatchObject({
      'modelspec.architecture': 'stable-diffusion-v2-768-v',
      'modelspec.implementation': 'https://github.com/Stability-AI/generative-models',
      'modelspec.prediction_type': 'v',
    });
  });

  test('what was not given is not written', () => {
    const written = modelspecMetadata({ ...facts, author: 'me', timestepRange: { min: 0, max: 1000 } });
    expect(written).toMatchObject({ 'modelspec.author': 'me', 'modelspec.timestep_range': '0,1000' });
    expect(Object.keys(written)).not.toContain('modelspec.license');
  });
});
