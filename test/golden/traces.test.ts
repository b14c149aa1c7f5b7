import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { assert, must, UserError } from '../../trainer/base/errors.ts';
import { f32 } from '../../trainer/base/tensor.ts';
import { createOrtExecutor } from '../../trainer/exec/ort/executor.ts';
import type { JsonObject } from '../../trainer/formats/safetensors/header-json.ts';
import { machineFiles } from '../../trainer/platform/files.ts';
import { loadOnnxRuntime } from '../../trainer/platform/onnxruntime.ts';
import { replay } from '../../trainer/train/replay.ts';
import { listTraces, readTrace, type Tensors } from '../../trainer/train/trace.ts';

const folder = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const files = machineFiles();
const cases = await listTraces(files, folder('traces'));

test('all recorded cases are here', () => {
  expect(cases).toHaveLength(10);
});

// Ten times tighter than reference/golden/README.md asks for (1e-4, 0.9999, 0.999), so that an option that hardly shows in
// a few steps, such as weight decay, is seen. We reach 1e-6, 0.9999998 and 0.999996; Lion takes signs, and some flip.
test.each(cases.map((path) => [files.baseName(path), path]))(
  '%s: losses, gradients and weights are those of sd-scripts',
  async (_, path) => {
    const executor = createOrtExecutor(await loadOnnxRuntime(), { provider: 'cpu' });
    const result = await replay({ files, executor, models: folder('models') }, await readTrace(files, path));
    assert(result.status === 'ok', JSON.stringify(result));
    expect(result.maxLossError).toBeLessThan(1e-5);
    expect(result.minGradCosine).toBeGreaterThan(0.99999);
    expect(result.finalCosine).toBeGreaterThan(0.9999);
  },
);

describe('what a replay says', async () => {
  const executor = createOrtExecutor(await loadOnnxRuntime(), { provider: 'cpu' });
  const trace = await readTrace(files, folder('traces/accum_clip'));
  const tools = { files, executor, models: folder('models') };
  const shortened = { ...trace, steps: 1, losses: trace.losses.slice(0, 2) };
  const withSettings = (settings: JsonObject) =>
    replay(tools, { ...shortened, settings: { ...trace.settings, ...settings } });

  test.each([
    [{ masked_loss: true, no_such_option: 3 }, ['masked_loss', 'no_such_option']],
    [{ network_dropout: 0.1, network_args: ['rank_dropout=0.2'] }, ['network_dropout', 'network_args.rank_dropout']],
    [{ optimizer_type: 'Prodigy' }, ['optimizer_type']],
    [{ loss_weights_in_batch: 'heavy' }, ['loss_weights_in_batch']],
  ])('settings that are not known here: %o', async (settings, unknown) => {
    expect(await withSettings(settings)).toEqual({ case: 'accum_clip', status: 'unsupported', settings: unknown });
  });

  test('zero terminal SNR is repeated: other noise in the same latents, so another loss', async () => {
    const plain = await withSettings({});
    expect(plain).toMatchObject({ maxLossError: expect.closeTo(0, 5) as number });
    const rescaled = await withSettings({ zero_terminal_snr: true });
    assert(rescaled.status !== 'unsupported' && rescaled.status !== 'broken', JSON.stringify(rescaled));
    expect(rescaled.maxLossError).toBeGreaterThan(1e-4);
  });

  test('a network that the settings do not make is one of them', async () => {
    expect(await withSettings({ network_dim: 3 })).toMatchObject({
      status: 'unsupported',
      settings: [expect.stringMatching(/^network \(384 matrices do not fit/)],
    });
  });

  test('a family without a checkpoint is one of them', async () => {
    expect(await replay(tools, { ...shortened, family: 'sd99' })).toMatchObject({ status: 'unsupported' });
  });

  test.each([
    ['input_ids', { ids: trace.ids.map((ids) => ids.slice(1)) }],
    ['losses', { losses: trace.losses }],
    ['0.noise in batches.safetensors', { batches: new Map([...trace.batches].filter(([name]) => name !== '0.noise')) }],
    ['batch ', { ids: [must(trace.ids[0], 'a caption')] }],
    ['batch 1', { batches: new Map([...trace.batches, ['1.timesteps', f32([2], [7, 1000])]]) }],
  ])('trace/broken: %s', async (what, change) => {
    const error: unknown = await replay(tools, { ...shortened, ...change }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(UserError);
    const { report } = error as UserError;
    expect(report).toMatchObject({ code: 'trace/broken', where: trace.folder });
    expect(report.what).toContain(`The trace has no valid ${what}`);
  });

  test('settings that are absent or null are at their defaults', async () => {
    const settings = { max_token_length: null, lr_warmup_steps: 0, seed: 3, noise_offset: 0.1, prior_loss_weight: 1 };
    expect(await withSettings(settings)).toMatchObject({ maxLossError: expect.closeTo(0, 5) as number });
  });

  test('other losses, gradients or weights than the recorded ones differ', async () => {
    const negated = (tensors: Tensors): Tensors =>
      new Map(
        [...tensors].map(([name, { shape, data }]) => [
          name,
          f32(
            shape,
            data.map((value) => -value),
          ),
        ]),
      );
    const wrongLoss = await replay(tools, {
      ...shortened,
      losses: trace.losses.slice(0, 2).map((loss) => loss * 1.001),
    });
    expect(wrongLoss).toMatchObject({ status: 'differs', maxLossError: expect.closeTo(0.001, 4) as number });
    const wrongGradients = await replay(tools, { ...shortened, firstGradients: negated(trace.firstGradients) });
    expect(wrongGradients).toMatchObject({ status: 'differs', minGradCosine: expect.closeTo(-1, 4) as number });
  });
});
