/**
 * Checkpoints that are incomplete, damaged, mixed up, or something else: one sentence with the nearest guess.
 */
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { must, UserError } from '../../trainer/base/errors.ts';
import { openCheckpoint } from '../../trainer/formats/checkpoint/open.ts';
import type { Family } from '../../trainer/formats/configs.ts';
import { networksOf } from '../../trainer/formats/random-checkpoint/sizes.ts';
import { publishedTensors } from '../../trainer/formats/random-checkpoint/tensors.ts';
import { writeRandomCheckpoint } from '../../trainer/formats/random-checkpoint/write.ts';
import { configText, keyList, type Listed } from '../trainer/formats/key-lists.ts';
import { memoryFiles } from '../trainer/formats/memory-files.ts';
import { errorOf, folder, open, PATH, tensor, tiny, UNET } from './hollow-checkpoints.ts';

describe('weights that are missing, of the wrong shape or too many are one error', () => {
  test('one missing weight is named', async () => {
    const name = `${UNET}middle_block.1.transformer_blocks.0.attn2.to_k.weight`;
    const error = await errorOf(open(tiny('sd1').filter((one) => one.name !== name)));
    expect(error.report.code).toBe('checkpoint/weights');
    expect(error.message).toContain(`do not make a whole SD 1.x checkpoint: 1 weight is missing (${name})`);
    expect(error.report.where).toBe(PATH);
    expect(error.report.fix).toMatch(/It looks like an SD 1\.x checkpoint\./);
  });

  test('many are counted, the first few are named', async () => {
    const error = await errorOf(open(tiny('sd2').filter(({ name }) => !name.includes('output_blocks.1.'))));
    expect(error.message).toMatch(
      /\d\d weights are missing \(model\.diffusion_model\.output_blocks\.1\.\S+, \S+, \S+, …\)/,
    );
  });

  test('a wrong shape is shown with the right one', async () => {
    const name = 'first_stage_model.decoder.conv_out.weight';
    const error = await errorOf(
      open(tiny('sd1').map((one) => (one.name === name ? tensor(name, [3, 16, 3, 3]) : one))),
    );
    expect(error.message).toContain(`1 weight is of the wrong shape (${name} is [3, 16, 3, 3], not [3, 32, 3, 3])`);
  });

  test('a wrong shape of a weight that the sizes are read off is an error too', async () => {
    const name = `${UNET}input_blocks.0.0.weight`;
    const error = await errorOf(
      open(tiny('sd1').map((one) => (one.name === name ? tensor(name, [32, 5, 3, 3]) : one))),
    );
    expect(error.report.code).toBe('checkpoint/config');
    expect(error.message).toMatch(/takes 5 and gives 4 channels/);
  });

  test('one weight too many is named', async () => {
    for (const name of [`${UNET}middle_block.1.gate.weight`, 'unheard_of.weight']) {
      const error = await errorOf(open([...tiny('sd1'), tensor(name, [4, 4])]));
      expect(error.report.code).toBe('checkpoint/weights');
      expect(error.message).toContain(`1 weight is too many (${name})`);
    }
  });

  test('the three kinds of fault come in one error', async () => {
    const list = tiny('sdxl').filter(({ name }) => name !== `${UNET}out.2.bias`);
    const wrong = list.map((one) => (one.name === `${UNET}out.0.bias` ? tensor(one.name, [7]) : one));
    const error = await errorOf(open([...wrong, tensor('extra.weight', [2, 2])]));
    expect(error.message).toMatch(/1 weight is missing .*; 1 weight is of the wrong shape .*; 1 weight is too many/);
    expect(error.report.details).toMatchObject({ missingCount: 1, wrongShapeCount: 1, extraCount: 1 });
  });

  test('in a folder the part is named too', async () => {
    const files = folder((hollow) => hollow['m/vae/diffusion_pytorch_model.safetensors']?.pop());
    const error = await errorOf(openCheckpoint(files, 'm'));
    expect(error.message).toMatch(/1 weight is missing \(vae\/\S+\)/);
  });
});

describe('what real files carry along is ignored', () => {
  test('EMA weights, schedules, settings, positions', async () => {
    const extras = [
      tensor('model_ema.diffusion_modelinput_blocks00weight', [32, 4, 3, 3]),
      tensor('alphas_cumprod', [1000]),
      tensor('denoiser.sigmas', [1000]),
      tensor('cond_stage_model.transformer.vision_model.post_layernorm.weight', [8]),
      tensor('first_stage_model.loss.logvar', []),
    ];
    expect((await open([...tiny('sd1'), ...extras])).family).toBe('sd1');
  });

  test('NovelAI’s text encoder without "text_model."', async () => {
    const list = tiny('sd1').map((one) => ({
      ...one,
      name: one.name.replace('transformer.text_model.', 'transformer.'),
    }));
    expect((await open(list)).textEncoders[0]?.config.numHiddenLayers).toBe(3);
  });

  test('markers and metadata tell the prediction type', async () => {
    expect((await open(tiny('sd1'))).predictionType).toBeUndefined();
    const marked = await open([...tiny('sdxl'), tensor('v_pred', [0]), tensor('ztsnr', [0])]);
    expect(marked).toMatchObject({ predictionType: 'v_prediction', noiseSchedule: { zeroTerminalSnr: true } });
    expect((await open(tiny('sd2'), { 'modelspec.prediction_type': 'v' })).predictionType).toBe('v_prediction');
    expect((await open(tiny('sd2'), { 'modelspec.prediction_type': 'epsilon' })).predictionType).toBe('epsilon');
    const own = { beta_schedule: 'squaredcos_cap_v2', prediction_type: 'v_prediction', num_train_timesteps: 500 };
    expect(await open(tiny('sd1'), { 'lora_loom.scheduler': JSON.stringify(own) })).toMatchObject({
      predictionType: 'v_prediction',
      noiseSchedule: { curve: 'cosine', steps: 500, zeroTerminalSnr: false },
    });
    for (const odd of ['constructor', '__proto__', 'toString', 'edm']) {
      expect((await open(tiny('sd2'), { 'modelspec.prediction_type': odd })).predictionType, odd).toBeUndefined();
    }
  });
});

describe('another kind of file is named', () => {
  const cases: readonly (readonly [string, readonly Listed[], RegExp])[] = [
    [
      'a LoRA',
      [tensor('lora_unet_mid_block_attentions_0_proj_in.lora_down.weight', [4, 8])],
      /This is a LoRA, not a base model/,
    ],
    ['a LoHa', [tensor('lora_unet_x.hada_w1_a', [4, 8])], /LyCORIS/],
    ['a VAE', tiny('sd1').filter(({ name }) => name.startsWith('first_stage')), /a VAE alone/],
    ['a UNet', tiny('sd1').filter(({ name }) => name.startsWith(UNET)), /a UNet without its text encoder/],
    ['a diffusers UNet', keyList('diffusers/sd15_unet.tsv'), /a UNet without its text encoder/],
    ['a text encoder', keyList('diffusers/sd15_text_encoder.tsv'), /a text encoder alone/],
    [
      'the refiner',
      [...keyList('ldm/sdxl_refiner_unet.tsv'), tensor('conditioner.embedders.0.model.ln_final.weight', [8])],
      /the SDXL refiner/,
    ],
    [
      'an inpainting model',
      [...keyList('ldm/sd15_inpainting_unet.tsv'), ...keyList('ldm/sd15_clip.tsv')],
      /an inpainting model \(9 input channels\)/,
    ],
    [
      'EMA weights alone',
      [tensor('model_ema.diffusion_modelinput_blocks00weight', [32, 4, 3, 3])],
      /EMA weights alone/,
    ],
    ['a ControlNet', [tensor('control_model.input_blocks.0.0.weight', [320, 4, 3, 3])], /ControlNet/],
    ['a textual inversion embedding', [tensor('emb_params', [4, 768])], /textual inversion/],
    ['SD 3', [tensor('model.diffusion_model.joint_blocks.0.x_block.attn.qkv.weight', [8, 8])], /SD 3/],
    ['FLUX', [tensor('double_blocks.0.img_attn.qkv.weight', [8, 8])], /FLUX/],
    ['an upscaler', [tensor('conv_first.weight', [64, 3, 3, 3])], /upscaler/],
    ['something unheard of', [tensor('weights', [4, 4])], /does not know/],
    [
      'a checkpoint without VAE',
      tiny('sd1').filter(({ name }) => !name.startsWith('first_stage')),
      /an SD 1\.x checkpoint without a VAE/,
    ],
  ];
  for (const [title, tensors, says] of cases) {
    test(title, async () => {
      const error = await errorOf(open(tensors));
      expect(error.report.code).toBe('checkpoint/kind');
      expect(error.message).toMatch(says);
    });
  }

  test('an inpainting folder', async () => {
    const files = folder((_, texts) => {
      texts['m/unet/config.json'] = must(texts['m/unet/config.json'], 'a config').replace(
        '"in_channels": 4',
        '"in_channels": 9',
      );
    });
    expect((await errorOf(openCheckpoint(files, 'm'))).message).toMatch(/an inpainting model/);
  });

  test('a width that does not divide into heads', async () => {
    const halved = tiny('sd2').map((one) => ({ ...one, shape: one.shape.map((side) => (side === 64 ? 48 : side)) }));
    const error = await errorOf(open(halved));
    expect(error.report.code).toBe('checkpoint/config');
    expect(error.message).toMatch(/width of 48 does not divide into attention heads of size 64/);
  });
});

describe('networks that are whole but cannot be used', () => {
  test('a text encoder for longer texts', async () => {
    const long = tiny('sd1').map((one) => ({ ...one, shape: one.shape.map((side) => (side === 77 ? 248 : side)) }));
    const error = await errorOf(open(long));
    expect(error.report.code).toBe('checkpoint/config');
    expect(error.message).toMatch(/a text encoder reads 248 tokens at once, not 77/);
  });

  test('a text encoder with fewer words than the tokenizer', async () => {
    const small = tiny('sd1').map((one) => ({ ...one, shape: one.shape.map((s) => (s === 49408 ? 30000 : s)) }));
    expect((await errorOf(open(small))).message).toMatch(/a text encoder knows 30000 tokens, but CLIP has 49408/);
  });

  test('a VAE that makes nothing of a picture', async () => {
    const files = folder((_, texts) => {
      const file = 'm/vae/config.json';
      texts[file] = JSON.stringify({ ...(JSON.parse(must(texts[file], file)) as object), scaling_factor: 0 });
    });
    expect((await errorOf(openCheckpoint(files, 'm'))).message).toMatch(/the VAE multiplies its latents by 0/);
  });

  test('a VAE that halves a picture fewer times', async () => {
    const networks = networksOf('sd1', 'tiny');
    const flat = { ...networks, vae: { ...networks.vae, blockOutChannels: [32, 64, 64] } };
    const list = publishedTensors('sd1', flat, { dtype: 'F16', values: () => [] });
    expect((await errorOf(open(list))).message).toMatch(/the VAE has 3 levels, not 4/);
  });
});

describe('a separate VAE', () => {
  const own = tiny('sd1').filter(({ name }) => name.startsWith('first_stage_model.'));
  const rest = tiny('sd1').filter(({ name }) => !name.startsWith('first_stage_model.'));
  const bare = own.map((one) => ({ ...one, name: one.name.replace('first_stage_model.', '') }));

  test.each([
    ['with LDM names and prefix', own],
    ['with LDM names', bare],
    ['with the prefix "vae."', bare.map((one) => ({ ...one, name: `vae.${one.name}` }))],
    ['of a whole checkpoint', tiny('sd1')],
  ])('%s replaces that of the checkpoint', async (_, vae) => {
    for (const tensors of [rest, tiny('sd1')]) {
      const checkpoint = await open(tensors, {}, vae);
      expect(checkpoint.vaePath).toBe('vae.safetensors');
      expect(new Set([...checkpoint.vae.weights.values()].map(({ file }) => file))).toEqual(
        new Set(['vae.safetensors']),
      );
    }
  });

  test('with the names of diffusers, old or new', async () => {
    const published = keyList('diffusers/sd15_vae.tsv');
    const renames = { to_q: 'query', to_k: 'key', to_v: 'value', 'to_out.0': 'proj_attn' };
    const old = published.map((one) => ({
      ...one,
      name: Object.entries(renames).reduce((name, [now, then]) => name.replace(`.${now}.`, `.${then}.`), one.name),
    }));
    expect(old.some(({ name }) => name.endsWith('query.weight'))).toBe(true);
    for (const vae of [published, old]) {
      const checkpoint = await open(rest, {}, vae);
      expect(checkpoint.vae.config.blockOutChannels).toEqual([128, 256, 512, 512]);
    }
  });

  test('may be a folder', async () => {
    const files = memoryFiles();
    await writeRandomCheckpoint(files, 'a', {
      family: 'sd1',
      size: 'tiny',
      layout: 'diffusers',
      dtype: 'F16',
      seed: 1,
    });
    await writeRandomCheckpoint(files, 'b.safetensors', {
      family: 'sd1',
      size: 'tiny',
      layout: 'ldm',
      dtype: 'F16',
      seed: 2,
    });
    for (const vae of ['a', 'a/vae']) {
      const { vae: part } = await openCheckpoint(files, 'b.safetensors', { vae });
      expect(part.weights.get('quant_conv.bias')?.file).toBe('a/vae/diffusion_pytorch_model.safetensors');
    }
  });

  test('that is incomplete or of another kind is an error about that file', async () => {
    const error = await errorOf(open(rest, {}, bare.slice(5)));
    expect(error.report).toMatchObject({ code: 'checkpoint/weights', where: 'vae.safetensors' });
    const hidden = await errorOf(
      open(
        rest,
        {},
        bare.filter(({ name }) => name !== 'decoder.norm_out.bias'),
      ),
    );
    expect(hidden.message).toMatch(/a whole VAE: 1 weight is missing \(decoder\.norm_out\.bias\)/);
    const other = await errorOf(open(rest, {}, [tensor('lora_unet_x.lora_down.weight', [4, 8])]));
    expect(other.report).toMatchObject({ code: 'checkpoint/kind', where: 'vae.safetensors' });
    expect(other.message).toMatch(/This is a LoRA, not a VAE/);
  });
});

describe('whatever the names, shapes and settings, the answer is a checkpoint or a UserError', () => {
  const sound = async (work: Promise<unknown>): Promise<void> => {
    const error: unknown = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (error !== undefined) expect(error).toBeInstanceOf(UserError);
  };

  let lists: Record<Family, Listed[]>;
  beforeAll(() => {
    lists = { sd1: tiny('sd1'), sd2: tiny('sd2'), sdxl: tiny('sdxl') };
  });

  test('a level of the UNet without its end, which makes one level of two', async () => {
    const end = 'model.diffusion_model.input_blocks.3.0.op.weight';
    const error = await errorOf(open(lists.sd1.filter(({ name }) => name !== end)));
    expect(error.report.code).toBe('checkpoint/config');
    expect(error.message).toMatch(/the levels of the UNet have 5, 2, 2 residual blocks, and should have as many each/);
  });

  test('tensors dropped, renamed and reshaped', async () => {
    const change = fc.record({
      at: fc.nat(3000),
      kind: fc.constantFrom('drop', 'rename', 'reshape'),
      shape: fc.array(fc.nat(70), { maxLength: 4 }),
      text: fc.constantFrom('999.', 'input_blocks.77.', 'text_model.', ''),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('sd1', 'sd2', 'sdxl'),
        fc.array(change, { maxLength: 5 }),
        async (family, changes) => {
          const list = new Map(lists[family].map((one) => [one.name, one]));
          for (const { at, kind, shape, text } of changes) {
            const one = [...list.values()][at % list.size];
            if (one === undefined) continue;
            if (kind !== 'reshape') list.delete(one.name);
            if (kind === 'rename') list.set(text + one.name, { ...one, name: text + one.name });
            if (kind === 'reshape') list.set(one.name, { ...one, shape });
          }
          await sound(open([...list.values()]));
        },
      ),
      { numRuns: 60 },
    );
  });

  test('settings with any value', async () => {
    const fields = Object.keys(JSON.parse(configText('sd15', 'unet/config.json')) as object);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('unet', 'vae', 'text_encoder'),
        fc.constantFrom(...fields, 'hidden_size'),
        fc.jsonValue(),
        async (part, field, value) => {
          const files = folder((_, texts) => {
            const path = `m/${part}/config.json`;
            texts[path] = JSON.stringify({ ...(JSON.parse(must(texts[path], path)) as object), [field]: value });
          });
          await sound(openCheckpoint(files, 'm'));
        },
      ),
      { numRuns: 60 },
    );
  });
});
