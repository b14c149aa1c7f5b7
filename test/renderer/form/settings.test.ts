import { describe, expect, test } from 'vitest';
import { must } from '../../../trainer/base/errors.ts';
import { JOB_KEYS, NEW_JOB } from '../../../trainer/api/job/index.ts';
import { SECTIONS, SIMPLE_KEYS } from '../../../renderer/form/layout.ts';
import { SLIDERS, sliderPosition, sliderValue } from '../../../renderer/form/presentation.ts';
import { searchFields } from '../../../renderer/form/search.ts';
import {
  fieldAt,
  faultOf,
  FIELDS,
  isChanged,
  sameTable,
  valueAt,
  withSetting,
  type FieldOfJob,
} from '../../../renderer/form/settings.ts';
import { settingFrom, stepped } from '../../../renderer/form/typed-numbers.ts';
import { OFFERED, SYNONYMS, UNITS, WHEN_EMPTY } from '../../../renderer/text/fields.ts';

const field = (path: string): FieldOfJob => must(fieldAt(path), path);

describe('the form', () => {
  test('has every setting exactly once', () => {
    expect(SECTIONS.flatMap(({ keys }) => keys).sort()).toEqual([...JOB_KEYS].sort());
  });

  /** kohya_ss, `class_source_model.py`, `class_folders.py`, `class_metadata.py`; what LoRA Loom adds stands between. */
  test.each([
    [
      'model',
      [
        'pretrained_model_name_or_path',
        'output_name',
        'train_data_dir',
        'v2',
        'v_parameterization',
        'sdxl',
        'training_comment',
        'save_model_as',
        'save_precision',
      ],
    ],
    ['folders', ['output_dir', 'reg_data_dir']],
    ['metadata', ['metadata_title', 'metadata_author', 'metadata_description', 'metadata_license', 'metadata_tags']],
  ] as const)("has the fields of Kohya's section %s there, in Kohya's order", (id, fields) => {
    const kohyas: readonly string[] = fields;
    const keys = SECTIONS.find((section) => section.id === id)?.keys ?? [];
    expect(keys.filter((key) => kohyas.includes(key))).toEqual(fields);
  });

  test('shows in the simple view nothing that must be given and is missing', () => {
    const required = FIELDS.filter(({ knob }) => knob.required).map(({ key }) => key);
    expect(required.filter((key) => !SIMPLE_KEYS.has(key))).toEqual([]);
  });

  test('has words, sliders and units for settings that exist only', () => {
    const named = [SYNONYMS, UNITS, WHEN_EMPTY, SLIDERS, OFFERED].flatMap((table) => Object.keys(table));
    expect(named.filter((path) => fieldAt(path) === undefined)).toEqual([]);
  });

  test('offers nothing that the setting refuses', () => {
    const wrong = Object.entries(OFFERED).flatMap(([path, offered]) =>
      Object.keys(offered ?? {}).filter((value) => faultOf(field(path), value) !== undefined),
    );
    expect(wrong).toEqual([]);
  });

  test('draws no slider over values that the setting refuses', () => {
    const wrong = Object.entries(SLIDERS).filter(([path, slider]) => {
      const { knob } = field(path);
      return slider !== undefined && (slider.from < (knob.min ?? -Infinity) || slider.to > (knob.max ?? Infinity));
    });
    expect(wrong).toEqual([]);
  });
});

describe('a setting', () => {
  test('that is set to its default is not kept', () => {
    const alpha = field('network_alpha');
    const table = withSetting({}, alpha, 16);
    expect(table).toEqual({ network_alpha: 16 });
    expect(isChanged(table, alpha)).toBe(true);
    expect(withSetting(table, alpha, 1)).toEqual({});
  });

  test('of a new job counts as unchanged, and the default of the trainer as a change of it', () => {
    expect(FIELDS.filter((one) => isChanged(NEW_JOB, one))).toEqual([]);
    const table = withSetting(NEW_JOB, field('network_dim'), 4);
    expect(table).toEqual({ ...NEW_JOB, network_dim: 4 });
    expect(FIELDS.filter((one) => isChanged(table, one)).map(({ path }) => path)).toEqual(['network_dim']);
  });

  test('that a job leaves out is unchanged, and says the same as its default written down', () => {
    expect(isChanged({}, field('network_dim'))).toBe(false);
    expect(sameTable({ seed: 1 }, { seed: 1, network_dim: 4, resolution: '512,512' })).toBe(true);
    expect(sameTable({ seed: 1 }, { seed: 1, network_dim: 8 })).toBe(false);
  });

  test('within a list is written as name=value and taken out again', () => {
    const conv = field('network_args.conv_dim');
    const table = withSetting({ network_args: ['conv_alpha=2'] }, conv, 8);
    expect(table).toEqual({ network_args: ['conv_alpha=2', 'conv_dim=8'] });
    expect(valueAt(table, conv)).toBe(8);
    expect(withSetting({ network_args: ['conv_dim=8'] }, conv, undefined)).toEqual({});
  });

  test('keeps what the form does not know', () => {
    expect(withSetting({ from_elsewhere: 1 }, field('seed'), 5)).toEqual({ seed: 5, from_elsewhere: 1 });
  });

  test('says what it must be when it cannot be what it is', () => {
    expect(faultOf(field('network_dim'), 'abc')).toContain('a whole number from 1 to 512');
    expect(faultOf(field('network_dim'), 64)).toBeUndefined();
  });
});

describe('typed numbers', () => {
  test('1e-4 is a number, a comma is a point, nothing is nothing, words stay words', () => {
    expect([settingFrom('1e-4'), settingFrom('0,5'), settingFrom(' '), settingFrom('many')]).toEqual([
      1e-4,
      0.5,
      undefined,
      'many',
    ]);
  });

  test('arrows move a learning rate by its first digit and a whole number by one', () => {
    const real = { kind: 'real', min: 0, max: 10 } as const;
    expect(stepped(real, 1e-4, 1)).toBe(2e-4);
    expect(stepped(real, 1e-4, -1)).toBe(9e-5);
    expect(stepped({ kind: 'whole', min: 1, max: 512 }, 1, -1)).toBe(1);
    expect(stepped({ kind: 'whole', min: 1, max: 512 }, 16, 1)).toBe(17);
  });

  test('a log slider gives back what it shows at powers of two', () => {
    const range = must(SLIDERS['network_dim'], 'the slider of the rank');
    for (const rank of [1, 2, 4, 8, 16, 32, 64, 128, 256]) {
      expect(sliderValue(range, sliderPosition(range, rank))).toBe(rank);
    }
  });
});

describe('search', () => {
  const first = (query: string): string | undefined => searchFields(query)[0]?.path;

  test('finds by label, argument name, and other words', () => {
    expect(first('alpha')).toBe('network_alpha');
    expect(first('network_dim')).toBe('network_dim');
    expect(first('rank')).toBe('network_dim');
    expect(searchFields('vram').map(({ key }) => key)).toContain('gradient_checkpointing');
    expect(first('conv_dim')).toBe('network_args.conv_dim');
  });

  test('all words must fit', () => {
    expect(searchFields('unet learning').map(({ key }) => key)).toContain('unet_lr');
    expect(searchFields('unet zebra')).toEqual([]);
  });
});
