import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parseJob } from '../../../trainer/api/job/index.ts';
import { UserError } from '../../../trainer/base/errors.ts';
import { bundledName, bundledPath, withBundled } from '../../../trainer/platform/bundled.ts';

const ASSETS = fileURLToPath(new URL('../../../assets/', import.meta.url));

function complaintAbout(path: string): UserError['report'] {
  try {
    bundledPath(path);
  } catch (error) {
    if (error instanceof UserError) return error.report;
  }
  throw new Error(`"${path}" was taken`);
}

test('what comes with LoRA Loom has names', () => {
  expect(bundledPath('bundled:sample-dataset')).toBe(`${ASSETS}sample-dataset`);
  expect(existsSync(bundledPath('bundled:sample-prompts'))).toBe(true);
});

test('any other path stays as it is', () => {
  for (const path of ['model.safetensors', 'bundled', 'C:\\bundled:model', './bundled:model', '']) {
    expect(bundledPath(path)).toBe(path);
  }
});

test('a place of one of them is called by its name, and any other path by itself', () => {
  for (const name of ['bundled:sample-dataset', 'bundled:sample-prompts']) {
    expect(bundledName(bundledPath(name))).toBe(name);
  }
  for (const path of [`${ASSETS}sample-dataset/10_sks cat`, ASSETS, '', 'bundled:model']) {
    expect(bundledName(path)).toBe(path);
  }
});

test('a name that nothing has is answered with those that there are', () => {
  expect(complaintAbout('bundled:modle')).toMatchObject({
    code: 'file/bundled',
    what: 'Nothing of the name "modle" comes with LoRA Loom',
    fix: 'Did you mean bundled:model?',
  });
  // Not even one that leads out of the assets, or that every object has.
  for (const name of ['../package.json', 'constructor', '']) {
    expect(complaintAbout(`bundled:${name}`).fix).toBe(
      'There are bundled:model, bundled:sample-dataset, bundled:sample-prompts.',
    );
  }
});

test('a job may use the names in all its paths', () => {
  const job = parseJob(
    {
      pretrained_model_name_or_path: 'mine.safetensors',
      train_data_dir: 'bundled:sample-dataset',
      sample_prompts: 'bundled:sample-prompts',
      output_dir: 'runs',
    },
    'job.toml',
  );
  expect(withBundled(job)).toEqual({
    ...job,
    train_data_dir: bundledPath('bundled:sample-dataset'),
    sample_prompts: bundledPath('bundled:sample-prompts'),
  });
});
