import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openCheckpoint } from '../../trainer/formats/checkpoint/open.ts';
import { partsIn } from '../../trainer/formats/checkpoint/networks.ts';
import { layoutLora } from '../../trainer/lora/layout.ts';
import { loraModules } from '../../trainer/lora/modules.ts';
import { layOut, type ParameterLayout } from '../../trainer/optim/parameters.ts';
import { runPlaces } from '../../trainer/train/run-folder.ts';
import { runTraining } from '../../trainer/train/run.ts';
import { readState } from '../../trainer/train/state.ts';
import { playground, recorder, runUntil, TINY_MODELS, tinyJob, tinyMachine } from '../support/tiny-run.ts';
import { digestsOf, QUIET } from '../support/whole-models.ts';

const machine = await tinyMachine();
const checkpoint = await openCheckpoint(machine.files, TINY_MODELS.sd15);
const LAYOUTS: Readonly<Record<string, ParameterLayout>> = {
  lora: layoutLora(loraModules(checkpoint, { kind: 'chosen', linear: { rank: 2, alpha: 1 } })),
  finetune: layOut(
    [...partsIn(checkpoint)]
      .filter(([part]) => part !== 'vae')
      .flatMap(([part, weights]) =>
        [...weights].map(([name, { shape }]) => ({ name: `${part}/${name}`, part, shape })),
      ),
  ),
};

test.each([
  // A limit that every module passes at each step: what has stopped is not capped either.
  ['lora', { scale_weight_norms: 1e-4 }],
  ['finetune', {}],
] as const)(
  '%s: after its last step the text encoder keeps its bits and its state, also when the run was resumed',
  async (method, given) => {
    await using place = await playground([[64, 64]]);
    const settings = { method, stop_text_encoder_training: 1, max_train_steps: 3, ...given };
    const { events, report } = recorder();
    await runTraining(machine, tinyJob(place, settings), { ...QUIET, report });
    const rates = events.flatMap((event) => (event.kind === 'step' ? [event.lr['text_encoder']] : []));
    expect(rates).toEqual([1e-3, 0, 0]);

    const output_dir = join(place.folder, 'second');
    const halves = tinyJob(place, { ...settings, output_dir });
    await runUntil(machine, halves, 1);
    const places = runPlaces(machine.files, halves);
    const atStop = await readState(machine.files, places);
    await runTraining(machine, halves, { ...QUIET, resume: true });
    const atEnd = await readState(machine.files, places);

    const vectors = { values: [atStop.values, atEnd.values] } as Record<string, [Float32Array, Float32Array]>;
    for (const [name, vector] of Object.entries(atStop.optimizer))
      vectors[name] = [vector, atEnd.optimizer[name] ?? vector];
    expect(Object.keys(vectors)).toHaveLength(3);
    for (const [before, after] of Object.values(vectors)) {
      for (const { part, offset, size } of LAYOUTS[method]?.parts ?? []) {
        const bytes = (vector: Float32Array): Buffer => Buffer.from(vector.slice(offset, offset + size).buffer);
        expect(bytes(before).equals(bytes(after)), part).toBe(part === 'text_encoder');
      }
    }
    const names = ['state/state.safetensors', 'tiny.safetensors'];
    expect(await digestsOf(output_dir, names)).toEqual(await digestsOf(join(place.folder, 'output'), names));
  },
);

test('-1 does not train the text encoder at all', async () => {
  await using place = await playground([[64, 64]]);
  const { events, report } = recorder();
  const job = tinyJob(place, { stop_text_encoder_training: -1, max_train_steps: 1 });
  await runTraining(machine, job, { ...QUIET, report });
  const step = events.find((event) => event.kind === 'step');
  expect(Object.keys(step?.lr ?? {})).toEqual(['unet']);
});
