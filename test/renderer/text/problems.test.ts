import { describe, expect, test } from 'vitest';
import { isJobKey, jobProblems } from '../../../trainer/api/job/index.ts';
import { JOB_RULES } from '../../../trainer/api/job/rules.ts';
import { must } from '../../../trainer/base/errors.ts';
import { inWindow, sentences, type Place } from '../../../renderer/text/problems.ts';

const DESKTOP: Place = { hasDialogs: true, hasModel: false };
const BROWSER: Place = { hasDialogs: false, hasModel: true };

describe('a setting that is missing', () => {
  const missing = (key: string, place: Place): string => {
    const problems = jobProblems({ output_dir: 'o' }, 'the job');
    return sentences(
      inWindow(
        must(
          problems.find(({ details }) => details?.['key'] === key),
          key,
        ),
        place,
      ),
    );
  };

  test('is an empty field, with a button on the desktop and a path to type in a browser', () => {
    expect(missing('pretrained_model_name_or_path', DESKTOP)).toBe(
      'Pretrained model name or path is empty. Choose a file or a folder with the button in the field.',
    );
    expect(missing('train_data_dir', DESKTOP)).toBe(
      'Image folder is empty. Choose a folder with the button in the field.',
    );
    expect(missing('train_data_dir', BROWSER)).toBe(
      'Image folder is empty. Type the path of a folder: the field offers what each folder holds.',
    );
  });

  test('names the bundled model only where it is', () => {
    expect(missing('pretrained_model_name_or_path', { ...DESKTOP, hasModel: true })).toContain(
      ', or type bundled:model for the small one of LoRA Loom.',
    );
    expect(missing('pretrained_model_name_or_path', DESKTOP)).not.toContain('bundled');
  });

  test('is a missing line to the terminal', () => {
    expect(jobProblems({}, 'job.toml')[0]?.fix).toContain('Add a line pretrained_model_name_or_path = ');
  });
});

describe('a sentence about settings', () => {
  const said = (fix: string): string => inWindow({ code: 'job/conflict', what: '', fix }, DESKTOP).fix;

  test('has their labels, and fields are cleared', () => {
    expect(said('Take lr_scheduler = "constant_with_warmup", or remove lr_warmup_steps.')).toBe(
      'Take “LR Scheduler” = "constant_with_warmup", or clear “LR warmup”.',
    );
    expect(said('Remove cache_latents = false, and set seed = 3 or "output_name".')).toBe(
      'Reset “Cache latents”, and set “Seed” = 3 or “Trained Model output name”.',
    );
  });

  test('leaves paths, words and what is no setting as they are', () => {
    for (const text of ['/home/train_data_dir/a.png', 'my.output_name.toml', 'Choose another seed.', 'no_such_name']) {
      expect(said(text)).toBe(text);
    }
  });

  test('of any rule names no setting as a file has it', () => {
    for (const { fix } of JOB_RULES) {
      const names = said(fix).match(/\b[a-z0-9]+(_[a-z0-9]+)+\b/g) ?? [];
      expect(names.filter(isJobKey), fix).toEqual([]);
    }
    expect(JOB_RULES.length).toBeGreaterThan(20);
  });
});
