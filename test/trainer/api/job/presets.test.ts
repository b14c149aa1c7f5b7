import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  BUILT_IN_PRESETS,
  checkPreset,
  isPlace,
  jobProblems,
  parseToml,
  withoutPlaces,
} from '../../../../trainer/api/job/index.ts';

const FOLDER = new URL('../../../../assets/presets/', import.meta.url);
const textOf = (file: string): string => readFileSync(new URL(`${file}.toml`, FOLDER), 'utf8');

test('the presets that come with LoRA Loom are those in assets, each under a name of its own', () => {
  expect(readdirSync(FOLDER).sort()).toEqual(BUILT_IN_PRESETS.map(({ file }) => `${file}.toml`).sort());
  expect(new Set(BUILT_IN_PRESETS.map(({ name }) => name.toLowerCase())).size).toBe(BUILT_IN_PRESETS.length);
});

test.each(BUILT_IN_PRESETS)('$name is right by the schema and the rules, and names no place', ({ file }) => {
  const value = parseToml(textOf(file), file) as Readonly<Record<string, unknown>>;
  expect(() => checkPreset(value, file)).not.toThrow();
  expect(Object.keys(value).filter(isPlace)).toEqual([]);
  const whole = { ...value, pretrained_model_name_or_path: 'm', train_data_dir: 'd', output_dir: 'o' };
  expect(jobProblems(whole, file)).toEqual([]);
});

test('job/unknown-key: a preset with a setting that there is not is refused with the name that was meant', () => {
  expect(() => checkPreset({ network_dimm: 8 }, 'mine.toml')).toThrow(
    /There is no setting "network_dimm".*\n.*mine\.toml\n.*Did you mean "network_dim"\?/,
  );
});

test('a preset with two settings that clash is refused as a job with them is', () => {
  const clash = { network_train_unet_only: true, network_train_text_encoder_only: true };
  expect(() => checkPreset(clash, 'mine.toml')).toThrow(/network_train/);
});

test('folders, files, names and the subject of a dataset are places', () => {
  const table = { output_name: 'cat', vae: 'v', instance_prompt: 'sks cat', train_data_dir: 'd', network_dim: 8 };
  expect(withoutPlaces(table)).toEqual({ network_dim: 8 });
});
