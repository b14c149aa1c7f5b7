import { expect, test } from 'vitest';
import { runPlaces } from '../../../trainer/train/run-folder.ts';
import { readState, requireSameNetwork, writeState, type RunState } from '../../../trainer/train/state.ts';
import { memoryFiles } from '../../support/memory-files.ts';

const STATE: RunState = {
  step: 12,
  seed: 4_294_967_295,
  startedAt: 1_750_000_000_123,
  values: Float32Array.of(1, -2, 0.1),
  optimizer: { average: Float32Array.of(1, 2, 3), m: Float32Array.of(0, 1e-30, Infinity) },
  network: 'a network',
  data: 'some data',
};

const files = memoryFiles({});
const places = runPlaces(files, { output_dir: '/out', output_name: 'cat' });

test('what was written is read again to the bit, the moving average among it', async () => {
  await writeState(files, places, STATE);
  expect(await readState(files, places)).toEqual(STATE);
});

test('run/other-network: the sentence says what must stay as it was, for every method', () => {
  expect(() => requireSameNetwork(STATE, 'another network', places)).toThrow(
    "Resume with the run's own job.toml, or start anew under another output_name: the method, the sizes of what is trained (network_dim, network_alpha, network_args, model_config, discriminator), which parts are trained, an autoencoder's losses and optimizer_type must stay as they were.",
  );
  requireSameNetwork(STATE, 'a network', places);
});
