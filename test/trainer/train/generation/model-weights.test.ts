/**
 * Weights that are being trained, in the place of a checkpoint's.
 */
import { describe, expect, test } from 'vitest';
import { must } from '../../../../trainer/base/errors.ts';
import { readTensor } from '../../../../trainer/formats/safetensors/read.ts';
import { createBuilder } from '../../../../trainer/graph/builder.ts';
import { partsIn } from '../../../../trainer/formats/checkpoint/networks.ts';
import { checkpointWeights } from '../../../../trainer/models/checkpoint-weights.ts';
import { layOut, viewOf } from '../../../../trainer/optim/parameters.ts';
import { machineFiles } from '../../../../trainer/platform/files.ts';
import { drawPictures } from '../../../../trainer/train/generation/draw.ts';
import type { DrawingModel } from '../../../../trainer/train/generation/model.ts';
import { maxDifference } from '../../../golden/math-goldens.ts';
import { openGolden } from '../../../golden/model-goldens.ts';
import { tinyModel } from './tiny-models.ts';

const { checkpoint } = await openGolden('sd15');

describe('the weights of a checkpoint in a graph', () => {
  const g = createBuilder();
  const weights = checkpointWeights(g, checkpoint, { trained: (name) => name === 'unet/conv_in.bias' });
  const shape = must(partsIn(checkpoint).get('unet')?.get('conv_in.bias'), 'a weight').shape;

  test('that are trained become one parameter, however often they are asked for; others are read from the file', () => {
    const first = weights.get('unet/conv_in.bias', shape);
    expect(weights.get('unet/conv_in.bias', shape)).toBe(first);
    expect([...weights.parameters]).toEqual([['unet/conv_in.bias', first]]);
    weights.get('unet/conv_out.bias', [4]);
    expect([...weights.sources.keys()]).toEqual(['unet/conv_out.bias']);
  });

  test('that are trained and wanted in part stay one parameter, of which rows are cut', () => {
    const { trained, name } = { trained: () => true, name: 'unet/conv_out.bias' };
    const all = checkpointWeights(g, checkpoint, { trained });
    const rows = all.get(name, [4], { start: 1, count: 2 });
    expect(rows.shape).toEqual([2]);
    expect(all.parameters.get(name)?.shape).toEqual([4]);
  });
});

test('a picture follows the trained values, as they are when it is drawn', async () => {
  const files = machineFiles();
  const refs = [...must(partsIn(checkpoint).get('unet'), 'the UNet')].filter(([name]) => name.startsWith('conv_'));
  const layout = layOut(refs.map(([name, { shape }]) => ({ name: `unet/${name}`, part: 'unet', shape })));
  const values = new Float32Array(layout.size);
  for (const [index, entry] of layout.entries.entries()) {
    viewOf(values, entry).set(await readTensor(files, must(refs[index], 'a weight')[1]));
  }
  const draw = async (model: DrawingModel): Promise<Float32Array> => {
    const prompt = {
      prompt: 'a cat',
      negativePrompt: '',
      width: 64,
      height: 64,
      steps: 1,
      scale: 1,
      sampler: 'ddim',
    } as const;
    for await (const { latents } of drawPictures(model, [{ prompt, seed: 1 }])) return latents;
    throw new Error('no picture');
  };
  const plain = await tinyModel('sd15');
  const training = { ...plain, trained: { layout, values } };
  const before = await draw(plain);
  // The file's own numbers, fed instead of read.
  expect(maxDifference(await draw(training), before)).toBe(0);
  values.fill(0);
  // With conv_out at 0 the UNet predicts nothing: the picture is another one.
  const after = await draw(training);
  expect(maxDifference(after, before)).toBeGreaterThan(0.01);
});
