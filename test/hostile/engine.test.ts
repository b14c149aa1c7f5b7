import { expect, test } from 'vitest';
import { UserError } from '../../trainer/base/errors.ts';
import { runTraining } from '../../trainer/train/run.ts';
import { NEVER_STOP, playground, recorder, tinyJob, tinyMachine } from '../support/tiny-run.ts';

test.each([{ cache_latents: true }, { cache_latents: false }])(
  'an engine that finds no device is told in its own words, with %j',
  async (settings) => {
    await using place = await playground([[64, 64]]);
    const broken = new UserError({ code: 'engine/no-device', what: 'No device', fix: 'Train with engine = "cpu".' });
    const machine = { ...(await tinyMachine()), executor: { name: 'none', compile: () => Promise.reject(broken) } };
    const run = runTraining(machine, tinyJob(place, settings), { report: recorder().report, stop: NEVER_STOP });
    // Not wrapped: what is closed on the way out must not fail for the same reason.
    expect(await run.catch((error: unknown) => error)).toBe(broken);
  },
);
