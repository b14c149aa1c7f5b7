import { MantineProvider } from '@mantine/core';
import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { SamplePrompts } from '../../../renderer/prompts/sample-prompts.tsx';
import { startRun } from '../../../renderer/run/actions.ts';
import { createConnection } from '../../../renderer/service/connection.ts';
import { AppContext, createApp, type App } from '../../../renderer/state/app.ts';
import { theme } from '../../../renderer/styles/theme.ts';
import { UserError } from '../../../trainer/base/errors.ts';
import type { Handlers, JobSettings } from '../../../trainer/api/rpc/index.ts';
import { accessibilityFaults } from '../accessibility.ts';
import { fakeService, RUN, type FakeService } from '../fake-service.ts';
import { fillJsdomGaps } from '../jsdom-gaps.ts';

beforeAll(fillJsdomGaps);
afterEach(cleanup);

const FILE = '/jobs/prompts.txt';

interface Stage {
  readonly app: App;
  readonly service: FakeService;
}

async function stage(table: JobSettings, handlers: Partial<Handlers> = {}): Promise<Stage> {
  const service = fakeService(handlers);
  const app = createApp({ connection: createConnection(service.transport), pictureUrl: (path) => path });
  await waitFor(() => expect(app.info.getState().info).toBeDefined());
  app.job.getState().load({ table });
  render(
    <AppContext value={app}>
      <MantineProvider theme={theme}>
        <SamplePrompts />
      </MantineProvider>
    </AppContext>,
  );
  return { app, service };
}

const words = (): string[] =>
  screen
    .getAllByLabelText<HTMLTextAreaElement>(/^Prompt \d+$/)
    .filter((box) => box.getAttribute('aria-hidden') !== 'true')
    .map(({ value }) => value);
const named = ({ service }: Stage, name: string): unknown[] =>
  service.calls.filter((call) => call.name === name).map(({ input }) => input);
const promptAt = (number: number): Promise<HTMLElement> => screen.findByLabelText(`Prompt ${number}`);

test('the prompts of the file are rows with their flags, and the comment stays among them', async () => {
  await stage({ sample_prompts: FILE });
  await promptAt(2);
  expect(words()).toEqual(['a sks cat', 'a dog']);
  expect(screen.getByLabelText<HTMLInputElement>('Width of prompt 1').value).toBe('128');
  expect(screen.getByLabelText<HTMLInputElement>('Negative prompt of prompt 2').value).toBe('blurry');
  expect(screen.getByLabelText<HTMLInputElement>('Comment').value).toBe('# mine');
  expect(screen.getByText('Saved')).toBeTruthy();
  expect(await accessibilityFaults(document.body)).toEqual([]);
});

test('what is changed is unsaved, and Ctrl S writes the file with the other lines as they were', async () => {
  const on = await stage({ sample_prompts: FILE });
  await promptAt(1);
  const seed = screen.getByLabelText('Seed of prompt 1');
  fireEvent.change(seed, { target: { value: '7' } });
  expect(screen.getByText('Not saved')).toBeTruthy();
  fireEvent.keyDown(seed, { key: 's', ctrlKey: true });
  await screen.findByText('Saved');
  expect(named(on, 'prompts.write')).toEqual([
    { path: FILE, text: '# mine\na sks cat --w 128 --h 128 --d 7\na dog --n blurry --s 20\n' },
  ]);
});

test('rows are added, copied, moved and removed by keys, and the cursor goes along', async () => {
  await stage({ sample_prompts: FILE });
  fireEvent.keyDown(await promptAt(1), { key: 'd', ctrlKey: true });
  expect(words()).toEqual(['a sks cat', 'a sks cat', 'a dog']);
  expect(document.activeElement).toBe(await promptAt(2));
  fireEvent.keyDown(await promptAt(2), { key: 'ArrowDown', altKey: true });
  expect(words()).toEqual(['a sks cat', 'a dog', 'a sks cat']);
  fireEvent.keyDown(await promptAt(2), { key: 'Delete', altKey: true });
  expect(words()).toEqual(['a sks cat', 'a sks cat']);
  fireEvent.keyDown(await promptAt(1), { key: 'Enter' });
  expect(words()).toEqual(['a sks cat', '', 'a sks cat']);
  expect(document.activeElement).toBe(await promptAt(2));
});

test('buttons do the same, and one that can do nothing is off', async () => {
  await stage({ sample_prompts: FILE });
  await promptAt(2);
  expect(screen.getByLabelText<HTMLButtonElement>('Move prompt 2 down').disabled).toBe(true);
  fireEvent.click(screen.getByLabelText('Move prompt 2 up'));
  expect(words()).toEqual(['a dog', 'a sks cat']);
  fireEvent.click(screen.getByLabelText('Copy prompt 2'));
  fireEvent.click(screen.getByLabelText('Remove prompt 1'));
  fireEvent.click(screen.getByText('Add a prompt'));
  expect(words()).toEqual(['a sks cat', 'a sks cat', '']);
});

test('a value that cannot be is kept, with what it must be', async () => {
  await stage({ sample_prompts: FILE });
  await promptAt(1);
  fireEvent.change(screen.getByLabelText('Width of prompt 1'), { target: { value: 'wide' } });
  expect(screen.getByText('Width must be a whole number of pixels up to 2048')).toBeTruthy();
});

test('the text is the same file: what is written there stands in the rows', async () => {
  await stage({ sample_prompts: FILE });
  await promptAt(1);
  fireEvent.click(screen.getByText('Text'));
  const box = await screen.findByLabelText<HTMLTextAreaElement>('Text of the prompts file');
  expect(box.value).toBe('# mine\na sks cat --w 128 --h 128 --d 1\na dog --n blurry --s 20\n');
  fireEvent.change(box, { target: { value: 'a bird --d 3 --cn x.png --zz 1' } });
  fireEvent.click(screen.getByText('List'));
  await promptAt(1);
  expect(words()).toEqual(['a bird']);
  expect(screen.getByText('ControlNet pictures cannot be drawn: remove it')).toBeTruthy();
  fireEvent.click(screen.getByLabelText('Remove --zz of prompt 1'));
  expect(screen.queryByText('No such setting: remove it')).toBeNull();
});

test('without a file one is made beside the job, with the words that it trains', async () => {
  const on = await stage({ output_dir: '/runs', output_name: 'cat', resolution: '256', instance_prompt: 'a sks cat' });
  fireEvent.click(await screen.findByText('Make a file of prompts'));
  await promptAt(1);
  expect(named(on, 'prompts.write')).toEqual([
    {
      path: '/runs/cat-prompts.txt',
      text: '# One prompt a line, its settings after it\na sks cat --w 256 --h 256 --d 1\n',
    },
  ]);
  expect(on.app.job.getState().table['sample_prompts']).toBe('/runs/cat-prompts.txt');
});

test('bundled prompts are shown, and a copy of them is edited', async () => {
  const on = await stage(
    { output_dir: '/runs', sample_prompts: 'bundled:sample-prompts' },
    { 'prompts.read': ({ path }) => ({ text: 'a cat\n', exists: path.startsWith('bundled:'), problems: [] }) },
  );
  fireEvent.click(await screen.findByText('Copy to edit'));
  await waitFor(() => expect(on.app.job.getState().table['sample_prompts']).toBe('/runs/sample-prompts.txt'));
  expect(named(on, 'prompts.write')).toEqual([{ path: '/runs/sample-prompts.txt', text: 'a cat\n' }]);
});

test('while a run trains, a row is drawn by it with its flags', async () => {
  const on = await stage({ sample_prompts: FILE }, { 'run.current': () => ({ run: RUN }) });
  const row = (await promptAt(1)).closest('li') ?? document.body;
  fireEvent.click(await within(row).findByLabelText('Sample now with prompt 1'));
  await waitFor(() =>
    expect(named(on, 'run.sampleNow')).toEqual([{ runId: 'run-1', prompt: 'a sks cat --w 128 --h 128 --d 1' }]),
  );
});

test.each([
  ['saves the prompts first', false, ['prompts.write', 'run.start']],
  ['does not start where they cannot be saved', true, ['prompts.write']],
])('a start %s', async (_, fails, expected) => {
  const full = (): never => {
    throw new UserError({ code: 'file/no-space', what: 'The disk is full', fix: 'Free some space.' });
  };
  const on = await stage({ sample_prompts: FILE }, fails ? { 'prompts.write': full } : {});
  fireEvent.change(await promptAt(1), { target: { value: 'a bird' } });
  await startRun(on.app);
  const names = on.service.calls.map(({ name }) => name);
  expect(names.filter((name) => name === 'prompts.write' || name === 'run.start')).toEqual(expected);
  if (fails) expect(screen.getByText('The disk is full.')).toBeTruthy();
});
