import { MantineProvider } from '@mantine/core';
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeAll, expect, test } from 'vitest';
import type { DrawingEvent, DrawingOrder, DrawnPicture, Handlers } from '../../../trainer/api/rpc/index.ts';
import { must } from '../../../trainer/base/errors.ts';
import { createConnection } from '../../../renderer/service/connection.ts';
import { AppContext, createApp, type App } from '../../../renderer/state/app.ts';
import { theme } from '../../../renderer/styles/theme.ts';
import { TryPage } from '../../../renderer/try-it/try-page.tsx';
import { accessibilityFaults } from '../accessibility.ts';
import { fakeService, RUN, type FakeService } from '../fake-service.ts';
import { fillJsdomGaps } from '../jsdom-gaps.ts';
import { drawnPictures } from '../stage/made-up-drawings.ts';
import { pastRuns } from '../stage/made-up-run.ts';

beforeAll(fillJsdomGaps);
afterEach(cleanup);

interface Stage {
  readonly app: App;
  readonly service: FakeService;
}

async function stage(handlers: Partial<Handlers> = {}): Promise<Stage> {
  const service = fakeService({ 'runs.list': () => ({ runs: pastRuns(), folders: [] }), ...handlers });
  const app = createApp({ connection: createConnection(service.transport), pictureUrl: (path) => path });
  await waitFor(() => expect(app.info.getState().info).toBeDefined());
  render(
    <AppContext value={app}>
      <MantineProvider theme={theme}>
        <TryPage />
      </MantineProvider>
    </AppContext>,
  );
  await screen.findByLabelText('Prompt');
  return { app, service };
}

const orderOf = ({ service }: Stage): DrawingOrder => {
  const call = service.calls.findLast(({ name }) => name === 'generate.start');
  return (must(call, 'a drawing').input as { order: DrawingOrder }).order;
};
const tell = ({ service }: Stage, event: DrawingEvent): void =>
  service.emit('generate', { drawingId: 'drawing-1', event });

test('before the first picture it teaches, with the newest LoRA chosen', async () => {
  await stage();
  expect(screen.getByText('Did it learn?')).toBeTruthy();
  expect(screen.getByText('sks-cat-4')).toBeTruthy();
  expect(screen.getByText('Generate both')).toBeTruthy();
  expect(await accessibilityFaults(document.body)).toEqual([]);
});

test('without any save it says where one comes from, and the checkpoint draws alone', async () => {
  const on = await stage({ 'runs.list': () => ({ runs: [], folders: [] }) });
  expect(screen.getByText(/No run has saved a LoRA yet/)).toBeTruthy();
  expect(screen.getByText('Generate')).toBeTruthy();
  fireEvent.click(screen.getByText('Train one'));
  expect(on.app.view.getState().page).toBe('train');
});

test('what is chosen is what is ordered, and both pictures stand side by side when they have come', async () => {
  const on = await stage();
  fireEvent.change(screen.getByLabelText('Prompt'), { target: { value: 'a sks cat' } });
  fireEvent.change(screen.getByLabelText('Negative prompt'), { target: { value: 'blurry' } });
  fireEvent.change(screen.getByLabelText('Strength of sks-cat-4'), { target: { value: '0.8' } });
  fireEvent.change(screen.getByLabelText('Seed'), { target: { value: '1234' } });
  fireEvent.change(screen.getByLabelText('Guidance'), { target: { value: '2' } });
  fireEvent.click(screen.getByText('Generate both'));
  await screen.findByText('Loading the model');
  const order = orderOf(on);
  expect(order).toMatchObject({ prompt: 'a sks cat', negative: 'blurry', seed: 1234, cfg: 2, compare: true });
  expect(order.loras).toEqual([{ file: '/runs/sks-cat-4/sks-cat-4.safetensors', weight: 0.8 }]);
  tell(on, { kind: 'progress', done: 3, total: 40 });
  await screen.findByText('step 3 of 40');
  const drawn = (file: string, withLoras: boolean): DrawnPicture => ({
    file,
    width: 128,
    height: 128,
    seed: 1234,
    withLoras,
    order,
    drawnAt: 0,
  });
  tell(on, { kind: 'picture', picture: drawn('/d/without.png', false) });
  tell(on, { kind: 'picture', picture: drawn('/d/with.png', true) });
  tell(on, { kind: 'done' });
  await screen.findByText('Generate both');
  const shown = (alt: string): string | null => screen.getByAltText(alt).getAttribute('src');
  expect(shown('a sks cat, Without LoRA')).toBe('/d/without.png');
  expect(shown('a sks cat, With sks-cat-4')).toBe('/d/with.png');
  expect(await accessibilityFaults(document.body)).toEqual([]);
});

test('Cancel ends it', async () => {
  const on = await stage();
  fireEvent.click(screen.getByText('Generate both'));
  await waitFor(() => expect(screen.getByText<HTMLElement>('Cancel').closest('button')?.disabled).toBe(false));
  fireEvent.click(screen.getByText('Cancel'));
  await waitFor(() => expect(on.service.calls.map(({ name }) => name)).toContain('generate.stop'));
  expect(screen.getByText('Ending this step')).toBeTruthy();
});

test('a failure stands there in words, with its place and what to do', async () => {
  const on = await stage();
  const error = {
    code: 'file/missing',
    what: 'There is no such file',
    where: '/no.safetensors',
    fix: 'Check the path.',
  } as const;
  tell(on, { kind: 'failed', error });
  const alert = await screen.findByText('There is no such file.');
  expect(alert.closest('[role=alert]')?.textContent).toBe('There is no such file. Check the path./no.safetensors');
});

test('LoRAs are added by path and removed', async () => {
  const on = await stage();
  fireEvent.change(screen.getByLabelText('Path of another LoRA file', { selector: 'input' }), {
    target: { value: '/mine/style.safetensors' },
  });
  fireEvent.click(screen.getByText('Add'));
  fireEvent.click(screen.getByLabelText('Remove sks-cat-4'));
  expect(on.app.drawing.getState().settings?.loras).toEqual([{ file: '/mine/style.safetensors', weight: 1 }]);
});

test('a LoRA of another checkpoint says so, and takes its own', async () => {
  const on = await stage();
  fireEvent.change(screen.getByLabelText('Checkpoint', { selector: 'input' }), {
    target: { value: '/models/other.safetensors' },
  });
  fireEvent.click(await screen.findByText('Use that'));
  expect(on.app.drawing.getState().settings?.model).toBe('bundled:model');
});

test('a picture of the history brings its settings back', async () => {
  await stage({ 'generate.history': () => ({ pictures: drawnPictures() }) });
  const item = must(screen.getByAltText('a sks cat, tired, seed 99').closest('button'), 'the picture');
  fireEvent.click(item);
  expect(screen.getByLabelText<HTMLTextAreaElement>('Prompt').value).toBe('a sks cat, tired');
  expect(screen.getByLabelText<HTMLInputElement>('Seed').value).toBe('99');
  expect(item.getAttribute('aria-pressed')).toBe('true');
});

/** Milliseconds for what fades out, on a machine with other work to do. */
const PATIENT = 20_000;

test('the slider and the full size show one over the other', async () => {
  await stage({ 'generate.history': () => ({ pictures: drawnPictures() }) });
  fireEvent.click(screen.getByLabelText('With sks-cat-4, full size'));
  expect(await screen.findByLabelText('Where A ends and B begins')).toBeTruthy();
  fireEvent.click(screen.getByLabelText('Close'));
  const isGone = (): void => expect(screen.queryByLabelText('Where A ends and B begins')).toBeNull();
  await waitFor(isGone, { timeout: PATIENT });
  fireEvent.click(screen.getByText('Slider'));
  expect(await screen.findByLabelText('Where A ends and B begins')).toBeTruthy();
});

test('beside a run nothing is drawn: it can draw the words itself, or be paused', async () => {
  const on = await stage({ 'run.current': () => ({ run: RUN }) });
  await screen.findByText('sks-cat is training.');
  expect(screen.getByText('Generate both').closest('button')?.disabled).toBe(true);
  fireEvent.change(screen.getByLabelText('Prompt'), { target: { value: 'a sks cat' } });
  fireEvent.change(screen.getByLabelText('Seed'), { target: { value: '3' } });
  fireEvent.click(screen.getByText('Let the run draw it'));
  await screen.findByText(/The run draws it after the step in hand/);
  expect(on.service.calls.findLast(({ name }) => name === 'run.sampleNow')?.input).toEqual({
    runId: 'run-1',
    prompt: 'a sks cat --d 3 --s 20 --l 7.5 --ss ddim',
  });
  fireEvent.click(screen.getByText('Pause the run'));
  await waitFor(() => expect(on.service.calls.map(({ name }) => name)).toContain('run.pause'));
});

test('a picture becomes a sample prompt with all that made it', async () => {
  const on = await stage({ 'generate.history': () => ({ pictures: drawnPictures() }) });
  on.app.job.getState().load({ table: { sample_prompts: '/jobs/prompts.txt' } });
  fireEvent.click(await screen.findByText('Use as sample prompt'));
  const { open } = on.app.prompts.getState();
  const last = open.kind === 'known' ? open.rows.findLast(({ line }) => line.kind === 'prompt')?.line : undefined;
  expect(last).toMatchObject({ prompt: 'a sks cat', written: 'a sks cat --n blurry --d 1234 --s 20 --l 2 --ss ddim' });
});
