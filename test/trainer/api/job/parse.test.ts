import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ignoredSettings,
  JOB_KEYS,
  jobProblems,
  jobTable,
  knobOf,
  parseJob,
  type Job,
} from '../../../../trainer/api/job/index.ts';
import {
  ALIASES,
  IGNORED,
  IGNORED_VALUES,
  NOT_SUPPORTED,
  USUAL_VALUES,
} from '../../../../trainer/api/job/other-names.ts';
import { UserError } from '../../../../trainer/base/errors.ts';

const LEAST = { pretrained_model_name_or_path: 'sd15.safetensors', train_data_dir: 'images', output_dir: 'out' };

const parse = (settings: object): Job => parseJob({ ...LEAST, ...settings }, 'job.toml');

/** Code and words of the first problem, as the terminal prints them. */
function complaint(settings: object): string {
  const [problem] = jobProblems({ ...LEAST, ...settings }, 'job.toml');
  return problem === undefined ? 'no problem' : `${problem.code}: ${problem.what}. ${problem.fix}`;
}

describe('a job that is right', () => {
  test('gets a value for every setting, and nobody can change it', () => {
    const job = parse({});
    expect(Object.keys(job)).toEqual(JOB_KEYS);
    expect(job).toMatchObject({ ...LEAST, network_dim: 4, network_alpha: 1, max_train_steps: 1600, max_grad_norm: 1 });
    expect(Object.isFrozen(job) && Object.isFrozen(job.network_args) && Object.isFrozen(job.resolution)).toBe(true);
  });

  test('may group its settings in tables, as sd-scripts has it', () => {
    const job = parseJob({ model: LEAST, network: { network_dim: 16 }, seed: 3 }, 'job.toml');
    expect(job).toMatchObject({ ...LEAST, network_dim: 16, seed: 3 });
  });

  test('keeps a zero that means something', () => {
    // Kohya's GUI drops these zeros, and sd-scripts then takes its defaults (landscape.md 1.19, point 1).
    expect(parse({ max_grad_norm: 0, prior_loss_weight: 0, seed: 0, text_encoder_lr: 0 })).toMatchObject({
      max_grad_norm: 0,
      prior_loss_weight: 0,
      seed: 0,
      text_encoder_lr: 0,
    });
  });

  test('reads a zero that switches something off as absent', () => {
    const job = parse({ min_snr_gamma: 0, noise_offset: 0, save_every_n_epochs: 0, scale_weight_norms: 0 });
    expect([job.min_snr_gamma, job.noise_offset, job.save_every_n_epochs, job.scale_weight_norms]).toEqual(
      Array(4).fill(undefined),
    );
  });

  test.each([
    [512, 512, 512],
    ['768', 768, 768],
    ['512,768', 512, 768],
    ['1024 x 576', 1024, 576],
    [[640], 640, 640],
    [[640, 448], 640, 448],
  ])('reads resolution = %j', (resolution, width, height) => {
    expect(parse({ resolution }).resolution).toEqual({ width, height });
  });

  test.each([
    [0, { steps: 0 }],
    [100, { steps: 100 }],
    [0.1, { fraction: 0.1 }],
    ['10%', { fraction: 0.1 }],
    ['2.5 %', { fraction: 0.025 }],
    ['0%', { steps: 0 }],
    [1, { steps: 1 }],
    ['100%', { fraction: 1 }],
    ['1%', { fraction: 0.01 }],
  ])('reads lr_warmup_steps = %j', (written, share) => {
    expect(parse({ lr_scheduler: 'cosine', lr_warmup_steps: written }).lr_warmup_steps).toEqual(share);
  });

  test.each([
    [['conv_dim=8', 'conv_alpha = 4', 'rank_dropout=0.1']],
    ['conv_dim=8 conv_alpha=4 rank_dropout=0.1'],
    [{ conv_dim: 8, conv_alpha: 4, rank_dropout: 0.1 }],
  ])('reads network_args = %j', (network_args) => {
    const expected = { conv_dim: 8, conv_alpha: 4, rank_dropout: 0.1, module_dropout: undefined };
    expect(parse({ network_args }).network_args).toEqual(expected);
  });

  test.each([['betas=0.9,0.99'], ['betas=(0.9, 0.99)'], ['betas=[0.9,0.99]'], ['betas="0.9,0.99"']])(
    'reads the Python literal %s',
    (written) => {
      const { optimizer_args } = parse({ optimizer_args: [written, 'weight_decay=1e-2'] });
      expect(optimizer_args).toMatchObject({ betas: [0.9, 0.99], weight_decay: 0.01 });
    },
  );

  test("takes the first of a list of text encoder rates, as the GUI's second is for T5", () => {
    expect(parse({ text_encoder_lr: [1e-5, 0] }).text_encoder_lr).toBe(1e-5);
  });

  test("takes the 8-bit optimizers of Kohya's defaults as what they approximate, and says so", () => {
    expect(parse({ optimizer_type: 'AdamW8bit' }).optimizer_type).toBe('AdamW');
    expect(parse({ optimizer_type: 'PagedLion8bit' }).optimizer_type).toBe('Lion');
    expect(
      ignoredSettings({ ...LEAST, optimizer_type: 'AdamW8bit' }).map(({ takenAs, why }) => `${takenAs}: ${why}`),
    ).toEqual(['optimizer_type = "AdamW": the optimizer runs with its state in full, which 8 bits approximate']);
    expect(ignoredSettings({ ...LEAST, optimizer_type: 'AdamW' })).toEqual([]);
  });

  test('SGD is plain, SGDNesterov has momentum: two optimizers, as in sd-scripts', () => {
    const typeOf = (name: string) => parse({ optimizer_type: name }).optimizer_type;
    expect(['SGD', 'sgd', 'SGDNesterov', 'sgdnesterov'].map(typeOf)).toEqual([
      'SGD',
      'SGD',
      'SGDNesterov',
      'SGDNesterov',
    ]);
  });

  test("takes sd-scripts' other spellings", () => {
    expect(parse({ optimizer_type: 'adamw', sample_sampler: 'dpmsolver++' })).toMatchObject({
      optimizer_type: 'AdamW',
      sample_sampler: 'dpmpp_2m',
    });
  });

  test('has a length in steps unless it names epochs', () => {
    expect(parse({ max_train_epochs: 4 })).toMatchObject({ max_train_epochs: 4, max_train_steps: undefined });
  });

  test('caches latents unless random crops make that impossible', () => {
    expect(parse({}).cache_latents).toBe(true);
    expect(parse({ random_crop: true }).cache_latents).toBe(false);
    expect(parse({ color_aug: true }).cache_latents).toBe(false);
  });

  test('may hold switches that only steer sd-scripts, and says which and why', () => {
    const settings = { ...LEAST, xformers: true, speed: { max_data_loader_n_workers: 2 } };
    expect(jobProblems(settings, 'job.toml')).toEqual([]);
    expect(ignoredSettings(settings).map(({ key }) => key)).toEqual(['xformers', 'max_data_loader_n_workers']);
    expect(ignoredSettings(settings)[0]?.why).toBe('attention is always computed in pieces here');
  });

  test.each([
    ['finetune', { network_dim: 8, network_args: ['conv_dim=4'], disc_weight: 0.5, caption_dropout_rate: 0.1 }],
    [
      'autoencoder',
      { network_dim: 8, caption_dropout_rate: 0.1, clip_skip: 2, text_encoder_lr: 1e-5, disc_weight: 0.5 },
    ],
    ['lora', { network_dim: 8, kl_weight: 1, caption_dropout_rate: 0.1 }],
  ])('method = "%s" tells of settings that only other methods use', (method, settings) => {
    const unused = {
      finetune: ['network_dim', 'network_args', 'disc_weight'],
      autoencoder: ['network_dim', 'caption_dropout_rate', 'clip_skip', 'text_encoder_lr'],
      lora: ['kl_weight'],
    }[method];
    expect(ignoredSettings({ ...LEAST, method, ...settings }).map(({ key }) => key)).toEqual(unused);
  });

  test('says why a method does not use a setting', () => {
    const why = (settings: object) => ignoredSettings(settings)[0]?.why;
    expect(why({ method: 'finetune', network_dim: 8 })).toBe(
      'it is about a LoRA, and this method trains whole networks',
    );
    expect(why({ method: 'autoencoder', reg_data_dir: 'reg' })).toBe(
      'they keep a model from forgetting a class, and an autoencoder knows none',
    );
  });

  test.each(['lora', 'finetune', 'autoencoder'])(
    'says nothing of settings that are as without them: the job.toml of a run of method "%s" names all',
    (method) => {
      expect(ignoredSettings(jobTable(parse({ method })))).toEqual([]);
    },
  );

  test.each(['fp16', 'bf16'])('may ask for mixed_precision = "%s", and says that f32 is computed in', (asked) => {
    const settings = { ...LEAST, mixed_precision: asked };
    expect(parse(settings).mixed_precision).toBe('no');
    expect(ignoredSettings(settings)).toEqual([
      {
        key: 'mixed_precision',
        takenAs: 'mixed_precision = "no"',
        why: 'everything is computed in f32, which is what fp16, bf16 and fp8 approximate',
      },
    ]);
    expect(ignoredSettings({ mixed_precision: 'no' })).toEqual([]);
  });

  test("may hold what Kohya's GUI writes for options that nobody touched", () => {
    const untouched = {
      dynamo_backend: 'no',
      huber_c: 0.1,
      huber_scale: 1,
      huber_schedule: 'snr',
      loss_type: 'l2',
      lr_scheduler_args: [],
      multires_noise_discount: 0.3,
      noise_offset_type: 'Original',
      full_fp16: false,
      resume: '',
      save_state: false,
      weighted_captions: false,
    };
    expect(jobProblems({ ...LEAST, ...untouched }, 'job.toml')).toEqual([]);
    expect(ignoredSettings({ ...LEAST, ...untouched })).toEqual([]);
  });
});

describe('a job that is wrong', () => {
  test.each([
    [{ netwrok_dim: 4 }, 'job/unknown-key: There is no setting "netwrok_dim". Did you mean "network_dim"?'],
    [{ epoch: 4 }, 'job/unknown-key: There is no setting "epoch". Did you mean "max_train_epochs"?'],
    [{ unet_learning_rate: 1 }, 'job/unknown-key: There is no setting "unet_learning_rate". Did you mean "unet_lr"?'],
    [
      { conv_dim: 4 },
      'job/unknown-key: There is no setting "conv_dim". Put it into network_args: network_args = ["conv_dim=..."].',
    ],
    [{ optimizer_args: ['beta=1'] }, 'job/unknown-key: "optimizer_args" has no argument "beta". Did you mean "betas"?'],
    [{ blorp: 1 }, 'job/unknown-key: There is no setting "blorp". Remove it; docs/job-settings.md lists all settings.'],
  ])('an unknown name gets the nearest: %j', (settings, words) => {
    expect(complaint(settings)).toBe(words);
  });

  test.each([
    [
      { network_dim: '16' },
      'job/wrong-type: network_dim must be a whole number from 1 to 512, but it is "16". Write it without quotes: 16.',
    ],
    [
      { train_batch_size: 1.5 },
      'job/wrong-type: train_batch_size must be a whole number from 1 to 256, but it is 1.5. Write something like 1.',
    ],
    [
      { flip_aug: 'true' },
      'job/wrong-type: flip_aug must be true or false, but it is "true". Write it without quotes: true.',
    ],
    [
      { learning_rate: Number.NaN },
      'job/wrong-type: learning_rate must be a number from 0 to 10, but it is NaN. Write something like 0.0001.',
    ],
    [
      { network_args: ['conv_dim'] },
      'job/wrong-type: network_args must be a list of "name=value", but it is a list of 1. Write something like ["conv_dim=4", "conv_alpha=1"].',
    ],
    [
      { train_data_dir: 7 },
      'job/wrong-type: train_data_dir must be the path of a folder, as text, but it is 7. Write something like "path/to/it".',
    ],
  ])('a value of the wrong type is shown beside what is expected: %j', (settings, words) => {
    expect(complaint(settings)).toBe(words);
  });

  test.each([
    [
      { network_dim: 0 },
      'job/out-of-range: network_dim must be a whole number from 1 to 512, but it is 0. Write something like 4.',
    ],
    [
      { lr_warmup_steps: 1.5 },
      'job/out-of-range: lr_warmup_steps must be a whole number of steps, or a part of the run such as 0.1 or "10%", but it is 1.5. Write something like 100.',
    ],
    [
      { save_precision: 'float32' },
      'job/out-of-range: save_precision must be one of "float", "fp16", "bf16", but it is "float32". Did you mean "float"?',
    ],
    [
      { max_token_length: 77 },
      'job/out-of-range: max_token_length must be one of 75, 150, 225, but it is 77. Did you mean 75?',
    ],
    [
      { output_name: '../evil' },
      'job/out-of-range: output_name must be a file name of 1 to 120 characters (fewer where they are not English) without / \\ : * ? " < > |, not starting or ending with a dot or space, and none that Windows keeps for itself (con, nul, ...), but it is "../evil". Write something like "last".',
    ],
  ])('a value outside its range is shown beside the range: %j', (settings, words) => {
    expect(complaint(settings)).toBe(words);
  });

  test.each([
    [
      { loss_type: 'huber' },
      'job/not-supported: The sd-scripts option "loss_type" is not supported. Remove it from the job: LoRA Loom does not have it yet.',
    ],
    [
      { optimizer_type: 'Prodigy' },
      'job/not-supported: optimizer_type = "Prodigy" is not supported. Take "AdamW" with learning_rate = 1e-4.',
    ],
    [
      { network_args: ['loraplus_lr_ratio=16'] },
      'job/not-supported: The sd-scripts option "loraplus_lr_ratio" is not supported. Remove it from the job: LoRA Loom does not have it yet.',
    ],
  ])('an option of sd-scripts that is not here is called by its name: %j', (settings, words) => {
    expect(complaint(settings)).toBe(words);
  });

  test('a setting that must be there is asked for with its help', () => {
    const [problem] = jobProblems({ train_data_dir: 'a', output_dir: 'b' }, 'job.toml');
    expect(problem).toMatchObject({
      code: 'job/missing-key',
      what: 'The setting "pretrained_model_name_or_path" is missing',
    });
    expect(problem?.fix).toContain('Add a line pretrained_model_name_or_path = "path/to/it".');
  });

  test('no model need be given where a VAE takes its place, which is so for the autoencoder alone', () => {
    const places = { train_data_dir: 'a', output_dir: 'b' };
    const missing = (settings: object) => jobProblems({ ...places, ...settings }, 'job.toml').map(({ what }) => what);
    expect(missing({ method: 'autoencoder', vae: 'vae' })).toEqual([]);
    const asked = ['The setting "pretrained_model_name_or_path" is missing'];
    expect(missing({ method: 'autoencoder' })).toEqual(asked);
    expect(missing({ vae: 'vae' })).toEqual(asked);
  });

  test('the same setting in two tables is a conflict', () => {
    const problems = jobProblems({ ...LEAST, a: { seed: 1 }, b: { seed: 2 } }, 'job.toml');
    expect(problems[0]).toMatchObject({ code: 'job/conflict', what: '"seed" is set twice, in two tables' });
  });

  test.each([[null], [7], ['text'], [[]], [undefined], [new Date(0)]])('%j is no job', (value) => {
    expect(jobProblems(value, 'job.toml')[0]?.what).toMatch(/^A job must be a table of settings, but this is /);
  });

  test.each(['CON', 'nul.txt', 'lpt1', 'é'.repeat(61), 'x'.repeat(121)])('%s is no name for files', (output_name) => {
    // Windows keeps the first three for devices; the others leave no room for "-step00000000.safetensors" in 255 bytes.
    expect(complaint({ output_name })).toContain('job/out-of-range: output_name must be a file name');
  });

  test.each(['console', 'é'.repeat(60), 'x'.repeat(120)])('%s is a name for files', (output_name) => {
    expect(parse({ output_name }).output_name).toBe(output_name);
  });

  test('the error is about the first problem and carries the sentences of the others', () => {
    let caught: unknown;
    try {
      parse({ network_dim: '16', epoch: 4, seed: -1 });
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(UserError);
    const { report } = caught as UserError;
    expect(report).toMatchObject({ code: 'job/wrong-type', where: 'job.toml' });
    expect(report.details?.alsoWrong).toEqual([
      'There is no setting "epoch". Did you mean "max_train_epochs"?',
      'seed must be a whole number from 0 to 4294967295, but it is -1. Write something like 1.',
    ]);
  });
});

describe('any value', () => {
  const settings = fc.dictionary(
    fc.oneof(
      fc.constantFrom(...JOB_KEYS, ...Object.keys(IGNORED), ...Object.keys(NOT_SUPPORTED), ...Object.keys(ALIASES)),
      fc.string(),
      fc.constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty'),
    ),
    fc.anything({ withDate: true, withBigInt: true, withNullPrototype: true }),
    { maxKeys: 12 },
  );

  test('is either a job or a UserError, never a crash', () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.jsonValue(), settings), (value) => {
        try {
          parseJob(value, 'job.toml');
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('written back and read again gives the same job', () => {
    const some = fc.record(
      {
        network_dim: fc.integer({ min: 1, max: 512 }),
        learning_rate: fc.double({ min: 1e-6, max: 1, noNaN: true }),
        lr_scheduler: fc.constantFrom('cosine', 'linear'),
        lr_warmup_steps: fc.oneof(
          fc.integer({ min: 0, max: 500 }),
          fc.double({ min: 0.01, max: 0.99, noNaN: true }),
          fc.constant('100%'),
        ),
        network_args: fc.constantFrom(['conv_dim=4', 'conv_alpha=2'], []),
        optimizer_args: fc.constantFrom(['betas=0.8,0.95', 'weight_decay=0.1'], []),
        resolution: fc.constantFrom(512, '512,768', [768, 512]),
        max_train_epochs: fc.integer({ min: 1, max: 9 }),
        text_encoder_lr: fc.constantFrom(0, [1e-5, 0], 3e-5),
        metadata_title: fc.string(),
        min_snr_gamma: fc.constantFrom(0, 5),
      },
      { requiredKeys: ['lr_scheduler'] },
    );
    fc.assert(
      fc.property(some, (chosen) => {
        const job = parse(chosen);
        expect(parseJob(jobTable(job), 'job.toml')).toEqual(job);
      }),
      { numRuns: 200 },
    );
  });
});

describe('the declarations', () => {
  test('every default and every example passes its own check', () => {
    for (const key of JOB_KEYS) {
      const knob = knobOf(key);
      if (knob.kind === 'path' || knob.kind === 'arguments') continue;
      const example: unknown = JSON.parse(knob.example);
      expect(knob.schema.safeParse(example).success, `${key}: example ${knob.example}`).toBe(true);
    }
    expect(parseJob(jobTable(parse({})), 'job.toml')).toEqual(parse({}));
  });

  test('every setting has a label, help that ends in a full stop, and no other list knows its name', () => {
    for (const key of JOB_KEYS) {
      const knob = knobOf(key);
      expect(knob.label, key).not.toBe('');
      expect(knob.help, key).toMatch(/[.)]$/);
      expect(Object.hasOwn(IGNORED, key) || Object.hasOwn(NOT_SUPPORTED, key), key).toBe(false);
    }
  });

  test('a value that is taken as another says as which, and a usual value is one of an option that is not here', () => {
    for (const [key, values] of Object.entries(IGNORED_VALUES)) {
      for (const value of Object.keys(values)) {
        const { problems, ignored } = {
          problems: jobProblems({ ...LEAST, [key]: value }, 'job.toml'),
          ignored: ignoredSettings({ ...LEAST, [key]: value }),
        };
        expect(problems, `${key} = ${value}`).toEqual([]);
        expect(ignored[0]?.takenAs).toBe(`${key} = "${String(parse({ [key]: value })[key as keyof Job])}"`);
      }
    }
    for (const key of Object.keys(USUAL_VALUES)) {
      expect(Object.hasOwn(IGNORED, key) || Object.hasOwn(NOT_SUPPORTED, key), key).toBe(true);
    }
  });
});
