import { expect, test } from 'vitest';
import { layOut } from '../../../trainer/optim/parameters.ts';
import { currentStep } from '../../../trainer/train/current-step.ts';
import type { MethodStep } from '../../../trainer/train/method.ts';

const LAYOUT = layOut([
  { name: 'unet/a', part: 'unet', shape: [2] },
  { name: 'text_encoder/b', part: 'text_encoder', shape: [1] },
]);

test('the step is compiled once, and once more without a part when that stops; the first is given back before, and the run says so', async () => {
  const told: string[] = [];
  const compile = (_: unknown, stopped: (entry: string) => boolean): Promise<MethodStep> => {
    const learning = new Set(LAYOUT.entries.map(({ name }) => name).filter((name) => !stopped(name)));
    const name = [...learning].join(' and ');
    told.push(`compile ${name}`);
    return Promise.resolve({
      parameters: new Map(),
      learning,
      feeds: () => Promise.resolve({}),
      run: () => Promise.resolve({}),
      [Symbol.asyncDispose]: () => Promise.resolve(void told.push(`dispose ${name}`)),
    });
  };
  const [none, text] = [new Set<string>(), new Set(['text_encoder'])];
  {
    await using step = currentStep({
      ...{ method: { compile }, layout: LAYOUT, largest: {}, stoppedAt: (done) => (done < 2 ? none : text) },
      report: (event) => void told.push(event.kind === 'state' ? `tell ${event.state}` : event.kind),
    });
    for (const done of [0, 1, 2, 3]) await step.at(done);
  }
  expect(told).toEqual([
    'compile unet/a and text_encoder/b',
    'dispose unet/a and text_encoder/b',
    'tell loading',
    'compile unet/a',
    'tell training',
    'dispose unet/a',
  ]);
});
