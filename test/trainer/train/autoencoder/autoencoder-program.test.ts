import { expect, test } from 'vitest';
import { f32 } from '../../../../trainer/base/tensor.ts';
import { bindSymbols } from '../../../../trainer/exec/bind.ts';
import type { Executor } from '../../../../trainer/exec/executor.ts';
import { compileAutoencoderStep } from '../../../../trainer/train/autoencoder/autoencoder-program.ts';
import { autoencoderFeeds } from '../../../../trainer/train/autoencoder/pixel-batches.ts';
import { drawnPictures, drawnValues, JUDGED, PLAIN } from './tiny-vae.ts';

/** Counts programs that were opened and are not closed yet; they take what fits their graph, and compute nothing. */
function counted(): { readonly executor: Executor; readonly count: { opened: number; open: number } } {
  const count = { opened: 0, open: 0 };
  const compile: Executor['compile'] = (graph) => {
    count.opened += 1;
    count.open += 1;
    return Promise.resolve({
      run: (feeds) => {
        bindSymbols(graph, feeds);
        return Promise.resolve({});
      },
      [Symbol.asyncDispose]: () => {
        count.open -= 1;
        return Promise.resolve();
      },
    });
  };
  return { executor: { name: 'counted', compile }, count };
}

const { discriminator } = JUDGED;
const anySize = { ...PLAIN, ...(discriminator && { discriminator }) };

const feedsFor = (spec: typeof anySize, H: number, W: number) => ({
  ...drawnValues(spec),
  ...autoencoderFeeds(spec, {
    pixels: f32([1, 3, H, W], drawnPictures().pixels.data.slice(0, 3 * H * W)),
    seed: 1,
    pass: 0,
    discriminatorFactor: 1,
  }),
});

test('one program serves all sizes, unless a discriminator wants one for each', async () => {
  for (const [spec, wanted] of [
    [PLAIN, 1],
    [anySize, 2],
  ] as const) {
    const { executor, count } = counted();
    {
      await using step = await compileAutoencoderStep(executor, spec, { B: 1, H: 8, W: 8 });
      expect([...step.parameters.keys()]).toEqual(Object.keys(drawnValues(spec)));
      for (const [H, W] of [
        [8, 8],
        [8, 12],
        [8, 8],
      ] as const) {
        await step.run(feedsFor(spec, H, W));
      }
      expect(count).toEqual({ opened: wanted, open: wanted });
    }
    expect(count.open).toBe(0);
  }
});
