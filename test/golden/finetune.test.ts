/**
 * Fine-tuning of UNet and text encoder together, held against PyTorch: golden/full/finetune.*, four steps with AdamW,
 * clipping and a moving average (diffusers' EMAModel) on models/sd15.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { must } from '../../trainer/base/errors.ts';
import { f32, type F32Tensor } from '../../trainer/base/tensor.ts';
import { createNoiseSchedule, mixingTable } from '../../trainer/diffusion/noise-schedule.ts';
import { createOrtExecutor } from '../../trainer/exec/ort/executor.ts';
import { partsIn } from '../../trainer/formats/checkpoint/networks.ts';
import { openCheckpoint } from '../../trainer/formats/checkpoint/open.ts';
import { readHeader } from '../../trainer/formats/safetensors/header.ts';
import { readTensor } from '../../trainer/formats/safetensors/read.ts';
import { loadTokenizer } from '../../trainer/platform/assets.ts';
import { clipFactor, gradientNorm } from '../../trainer/optim/clip.ts';
import { createOptimizer } from '../../trainer/optim/optimizers.ts';
import { layOut, parameterFeeds, viewOf } from '../../trainer/optim/parameters.ts';
import { machineFiles } from '../../trainer/platform/files.ts';
import { loadOnnxRuntime } from '../../trainer/platform/onnxruntime.ts';
import { lossOf, sumGradients } from '../../trainer/train/gradients.ts';
import { openOptimizer } from '../../trainer/train/optimizer-run.ts';
import { passFeeds } from '../../trainer/train/step-feeds.ts';
import { compileStep } from '../../trainer/train/step-program.ts';
import { tokenFeeds, tokensOf } from '../../trainer/train/text-encoder-run.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));
const files = machineFiles();

interface Golden {
  readonly steps: readonly { readonly loss: number; readonly grad_norm: number }[];
  readonly grads_first: Readonly<Record<string, number>>;
  readonly captions: readonly string[];
}

const golden = JSON.parse(readFileSync(`${folder}full/finetune.json`, 'utf8')) as Golden;
const { tensors } = await readHeader(files, `${folder}full/finetune.safetensors`);

async function recorded(name: string): Promise<F32Tensor> {
  const stored = must(tensors.get(name), name);
  return f32(stored.shape, await readTensor(files, stored));
}

/** PyTorch's `unet.conv_in.weight` is our `unet/conv_in.weight`. */
const entryOf = (name: string): string => name.replace('.', '/');

/** Training image and regularisation image: together as PyTorch has them, each alone, and with prior_loss_weight = 0.4. */
const SAMPLE_WEIGHTS = [
  [1, 1],
  [1, 0],
  [0, 1],
  [1, 0.4],
] as const;

/** ‖a - b‖ / ‖b‖ */
const distance = (a: Float32Array, b: Float32Array): number =>
  gradientNorm([a.map((value, index) => value - (b[index] ?? Number.NaN))]) / gradientNorm([b]);

describe('four steps of fine-tuning', () => {
  const losses: number[] = [];
  const norms: number[] = [];
  const firstNorms = new Map<string, number>();
  const after = new Map<string, Float32Array>();
  const average = new Map<string, Float32Array>();
  const before = new Map<string, Float32Array>();
  /** Of the first batch: by the weights of its two samples. */
  const weighted = new Map<string, { readonly loss: number; readonly gradient: Float32Array }>();

  beforeAll(async () => {
    const executor = createOrtExecutor(await loadOnnxRuntime(), { provider: 'cpu' });
    const tokenizer = await loadTokenizer(files);
    const checkpoint = await openCheckpoint(files, `${folder}models/sd15/sd15-tiny.safetensors`);
    const parts = [...partsIn(checkpoint)].filter(([part]) => part !== 'vae');
    const weights = parts.flatMap(([part, list]) =>
      [...list].map(([name, ref]) => ({ name: `${part}/${name}`, part, ref })),
    );
    const layout = layOut(weights.map(({ name, part, ref: { shape } }) => ({ name, part, shape })));
    const values = new Float32Array(layout.size);
    for (const [index, entry] of layout.entries.entries()) {
      viewOf(values, entry).set(await readTensor(files, must(weights[index], 'a weight').ref));
      before.set(entry.name, viewOf(values, entry).slice());
    }
    await using step = await compileStep(executor, checkpoint, {
      modules: [],
      trained: (name) => !name.startsWith('vae/'),
      prediction: 'epsilon',
      textInside: true,
      windows: 1,
      clipSkip: 1,
      // 12 columns do not halve three times.
      size: { h: 8, w: 12 },
    });
    await using optimizer = await openOptimizer(
      executor,
      createOptimizer({ kind: 'adamw', betas: [0.9, 0.999], epsilon: 1e-8, weightDecay: 0.01 }),
      { layout, reached: step.parameters, average: { decay: 0.9, values } },
    );
    const schedule = createNoiseSchedule();
    const tables = { mixing: mixingTable(schedule), lossWeights: new Float32Array(schedule.steps).fill(1) };
    const configs = checkpoint.textEncoders.map(({ config }) => config);
    const text = tokenFeeds(golden.captions.map((caption) => tokensOf(tokenizer, caption, 75, configs)));

    const gradient = new Float32Array(layout.size);
    for (const done of golden.steps.keys()) {
      const pass = {
        latents: await recorded(`${done}.latents`),
        noise: (await recorded(`${done}.noise`)).data,
        timesteps: Int32Array.from((await recorded(`${done}.timesteps`)).data),
        text,
      };
      const run = (ownWeights: readonly number[]) =>
        step.run({
          ...parameterFeeds(layout, values, step.parameters),
          ...passFeeds(checkpoint.unet.config, tables, { ...pass, ownWeights }),
        });
      for (const ownWeights of done === 0 ? SAMPLE_WEIGHTS : []) {
        const results = await run(ownWeights);
        const gradientOfPass = new Float32Array(layout.size);
        sumGradients(gradientOfPass, layout, step, results, true);
        weighted.set(ownWeights.join(), { loss: lossOf(results), gradient: gradientOfPass });
      }
      const results = await run([1, 1]);
      sumGradients(gradient, layout, step, results, true);
      if (done === 0)
        for (const entry of layout.entries) firstNorms.set(entry.name, gradientNorm([viewOf(gradient, entry)]));
      losses.push(lossOf(results));
      const norm = gradientNorm([gradient]);
      norms.push(norm);
      const rates = { unet: 1e-4, text_encoder: 1e-4 };
      await optimizer.apply(values, gradient, { step: done + 1, rates, gradientScale: clipFactor(norm, 1) });
    }
    for (const entry of layout.entries) {
      after.set(entry.name, viewOf(values, entry));
      average.set(entry.name, viewOf(must(optimizer.state['average'], 'the average'), entry));
    }
  });

  test('losses and gradient norms are PyTorch’s', () => {
    // f32 on both sides, sums in another order: 1e-6 is what one such sum may differ by.
    for (const [index, { loss, grad_norm: norm }] of golden.steps.entries()) {
      expect(Math.abs(must(losses[index], 'a loss') / loss - 1)).toBeLessThan(1e-5);
      expect(Math.abs(must(norms[index], 'a norm') / norm - 1)).toBeLessThan(1e-5);
    }
  });

  test('the first gradient of every weight has PyTorch’s norm', () => {
    const largest = Math.max(...Object.values(golden.grads_first));
    expect(Object.keys(golden.grads_first).map(entryOf).sort()).toEqual([...firstNorms.keys()].sort());
    for (const [name, norm] of Object.entries(golden.grads_first)) {
      const found = must(firstNorms.get(entryOf(name)), name);
      // Gradients that cancel to nearly 0 (a shift before a norm, say) are rounding on both sides.
      expect(Math.abs(found - norm), name).toBeLessThan(1e-4 * norm + 1e-6 * largest);
    }
  });

  test('a prior_loss_weight scales the part of its sample in the loss and gradient that PyTorch has of both', () => {
    const of = (...weights: readonly number[]) => must(weighted.get(weights.join()), 'a pass');
    const [both, picture, classImage, prior] = [of(1, 1), of(1, 0), of(0, 1), of(1, 0.4)];
    expect(Math.abs(both.loss / must(golden.steps[0], 'a step').loss - 1)).toBeLessThan(1e-5);
    expect(picture.loss + classImage.loss).toBeCloseTo(both.loss, 5);
    expect(prior.loss).toBeCloseTo(picture.loss + 0.4 * classImage.loss, 5);
    const expected = picture.gradient.map((value, index) => value + 0.4 * (classImage.gradient[index] ?? Number.NaN));
    expect(distance(prior.gradient, expected)).toBeLessThan(1e-5);
    const sum = picture.gradient.map((value, index) => value + (classImage.gradient[index] ?? Number.NaN));
    expect(distance(sum, both.gradient)).toBeLessThan(1e-5);
  });

  const chosen = (prefix: string): readonly string[] =>
    [...tensors.keys()].filter((name) => name.startsWith(`${prefix}.`)).map((name) => name.slice(prefix.length + 1));

  test.each(chosen('after'))('%s has moved as in PyTorch, and so has its average', async (name) => {
    const start = must(before.get(entryOf(name)), name);
    for (const [prefix, found] of [
      ['after', after],
      ['ema', average],
    ] as const) {
      const expected = (await recorded(`${prefix}.${name}`)).data;
      const moved = must(found.get(entryOf(name)), name).map((value, index) => value - (start[index] ?? 0));
      const wanted = expected.map((value, index) => value - (start[index] ?? 0));
      // AdamW's first steps are signs of gradients, so a gradient near 0 may go the other way for a few elements.
      expect(distance(moved, wanted)).toBeLessThan(0.01);
    }
  });
});
