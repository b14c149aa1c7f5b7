import { spawn, type ChildProcess } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'smol-toml';
import { expect, test } from 'vitest';
import type { TrainEvent } from '../../trainer/api/events.ts';
import { jobTable } from '../../trainer/api/job/index.ts';
import { playground, tinyJob, type Playground } from '../support/tiny-run.ts';

const MAIN = fileURLToPath(new URL('../../trainer/cli/main.ts', import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly events: readonly TrainEvent[];
  readonly errors: string;
}

/** Runs the command as a user does; `onEvent` may press Ctrl-C, which reaches every process of the terminal. */
async function train(
  place: Playground,
  words: readonly string[] = [],
  onEvent: (event: TrainEvent, press: () => void, child: ChildProcess) => void = () => undefined,
): Promise<Ended> {
  const file = join(place.folder, 'job.toml');
  await writeFile(file, stringify(jobTable(tinyJob(place))));
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, 'train', file, '--json', ...words], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const events: TrainEvent[] = [];
  let errors = '';
  let rest = '';
  child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
  child.stdout.on('data', (data: Buffer) => {
    const lines = (rest + data.toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const event = JSON.parse(line) as TrainEvent;
      events.push(event);
      onEvent(event, () => press(child), child);
    }
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, events, errors };
}

const press = ({ pid = 0 }: ChildProcess): boolean => process.kill(-pid, 'SIGINT');

test('train --json prints one event a line and ends with 0', async () => {
  await using place = await playground([[64, 64]]);
  const { code, events, errors } = await train(place, ['--set', 'max_train_steps=2']);
  expect(errors).toBe('');
  expect(code).toBe(0);
  expect(events.filter(({ kind }) => kind === 'step')).toHaveLength(2);
  expect(events.at(-1)).toMatchObject({ kind: 'done', steps: 2 });
});

test('Ctrl-C once finishes the step, saves, and ends with 130; --resume goes on from there', async () => {
  await using place = await playground([[64, 64]]);
  const pressed = await train(place, ['--set', 'max_train_steps=500'], (event, pressNow) => {
    if (event.kind === 'step' && event.step === 2) pressNow();
  });
  expect(pressed.code).toBe(130);
  const last = pressed.events.at(-1);
  expect(last).toMatchObject({ kind: 'stopped', steps: 500 });
  const step = last?.kind === 'stopped' ? last.step : 0;
  expect(await readdir(join(place.folder, 'output', 'tiny'))).toContain(
    `tiny-step${String(step).padStart(8, '0')}.safetensors`,
  );

  const resumed = await train(place, ['--resume', '--set', `max_train_steps=${step + 1}`]);
  expect(resumed.code).toBe(0);
  expect(resumed.events.flatMap((event) => (event.kind === 'step' ? [event.step] : []))).toEqual([step + 1]);
});

test('Ctrl-C twice stops now, and leaves nothing half-written', async () => {
  await using place = await playground([[64, 64]]);
  const { code, events } = await train(
    place,
    ['--set', 'max_train_steps=5000', '--set', 'save_every_n_steps=1'],
    (event, pressNow) => {
      if (event.kind !== 'step' || event.step !== 3) return;
      pressNow();
      setTimeout(pressNow, 20);
    },
  );
  expect(code).toBe(130);
  expect(events.at(-1)).toMatchObject({ kind: 'stopped', steps: 5000 });
  const folder = join(place.folder, 'output', 'tiny');
  const names = [...(await readdir(folder)), ...(await readdir(join(folder, 'state')))];
  expect(names.filter((name) => name.endsWith('.part'))).toEqual([]);
});

test('when the command itself is killed, the run finishes its step, saves, and ends', async () => {
  await using place = await playground([[64, 64]]);
  const killed = await train(place, ['--set', 'max_train_steps=5000'], (event, _, child) => {
    if (event.kind === 'step' && event.step === 2) child.kill('SIGKILL');
  });
  expect(killed.code).toBeNull();
  const state = join(place.folder, 'output', 'tiny', 'state');
  await expect.poll(() => readdir(state).catch(() => []), { timeout: 30_000 }).toEqual(['state.safetensors']);
  const again = await train(place, ['--resume', '--set', 'max_train_steps=1']);
  expect(again.code).toBe(0);
});

test('what is wrong with a job is told on standard error, by its code, and ends with 1', async () => {
  await using place = await playground([[64, 64]]);
  const { code, errors } = await train(place, ['--set', 'v2=true']);
  expect(code).toBe(1);
  expect(JSON.parse(errors.trim())).toMatchObject({ error: { code: 'checkpoint/other-family' } });
});

test('run/busy: a second run into the same folder is refused, and the first goes on', async () => {
  await using place = await playground([[64, 64]]);
  let second: Promise<Ended> | undefined;
  const first = await train(place, ['--set', 'max_train_steps=500'], (event, press) => {
    if (event.kind !== 'step' || event.step !== 1) return;
    second = train(place).finally(press);
  });
  const refused = await second;
  expect(refused?.code).toBe(1);
  expect(JSON.parse(refused?.errors.trim() ?? '')).toMatchObject({ error: { code: 'run/busy' } });
  expect(first.code).toBe(130);
});
