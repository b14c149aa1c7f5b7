import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { must, UserError } from '../../../trainer/base/errors.ts';
import type { Handlers } from '../../../trainer/api/rpc/index.ts';
import { createDrawingStore, secondsLeft, type DrawingStore } from '../../../renderer/state/drawing.ts';
import { pairsOf } from '../../../renderer/try-it/pairs.ts';
import { fakeClient, fakeService, type FakeService } from '../fake-service.ts';
import { drawnPictures } from '../stage/made-up-drawings.ts';
import { pastRuns } from '../stage/made-up-run.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(10);

async function storeOf(handlers: Partial<Handlers> = {}): Promise<[DrawingStore, FakeService]> {
  const service = fakeService({ 'runs.list': () => ({ runs: pastRuns(), folders: [] }), ...handlers });
  const store = createDrawingStore(fakeClient(service), { random: () => 0.5, now: () => Date.now() });
  await store.getState().open({ table: { pretrained_model_name_or_path: '/model' } });
  return [store, service];
}

const ordersOf = (service: FakeService): unknown[] =>
  service.calls.filter(({ name }) => name === 'generate.start').map(({ input }) => (input as { order: unknown }).order);

test('a seed stays until a new one is wanted', async () => {
  const [store, service] = await storeOf();
  expect(store.getState().settings?.seed).toBe(2 ** 31);
  store.getState().change({ seed: 7 });
  await store.getState().draw();
  expect(ordersOf(service)).toMatchObject([{ seed: 7, model: '/model', compare: true }]);
  store.getState().newSeed();
  expect(store.getState().settings?.seed).toBe(2 ** 31);
});

test('the newest save is tried, also one that came since, until somebody chooses', async () => {
  let runs = [...pastRuns().slice(1)];
  const [store] = await storeOf({ 'runs.list': () => ({ runs, folders: [] }) });
  const files = (): unknown => store.getState().settings?.loras.map(({ file }) => file);
  expect(files()).toEqual(['/runs/sks-cat-3/sks-cat-3.safetensors']);
  runs = [...pastRuns()];
  await store.getState().open({ table: {} });
  expect(files()).toEqual(['/runs/sks-cat-4/sks-cat-4.safetensors']);
  store.getState().change({ loras: [] });
  await store.getState().open({ table: {} });
  expect(files()).toEqual([]);
});

test('steps and pictures arrive while it draws, with the time that is left', async () => {
  const [store, service] = await storeOf();
  await store.getState().draw();
  expect(store.getState().status).toMatchObject({ kind: 'on', drawingId: 'drawing-1', total: 0 });
  const step = async (done: number): Promise<void> => {
    service.emit('generate', { drawingId: 'drawing-1', event: { kind: 'progress', done, total: 40 } });
    await vi.advanceTimersByTimeAsync(1000);
  };
  await step(1);
  expect(secondsLeft(store.getState().status, Date.now())).toBeUndefined();
  await step(2);
  // One step took a second, and 38 are left; another second has gone by since.
  expect(secondsLeft(store.getState().status, Date.now())).toBeCloseTo(2 * 38);
  const [picture] = drawnPictures();
  service.emit('generate', {
    drawingId: 'drawing-1',
    event: { kind: 'picture', picture: must(picture, 'a picture') },
  });
  service.emit('generate', { drawingId: 'drawing-1', event: { kind: 'done' } });
  await settle();
  expect(store.getState()).toMatchObject({ status: { kind: 'idle' }, pictures: [picture] });
});

test('one that another window began is on from its first moment', async () => {
  const [store, service] = await storeOf();
  service.emit('generate', { drawingId: 'drawing-2', event: { kind: 'started' } });
  await settle();
  expect(store.getState().status).toMatchObject({ kind: 'on', drawingId: 'drawing-2', total: 0 });
});

test('one that is on is not begun again, and Cancel asks the service to end it', async () => {
  const [store, service] = await storeOf();
  await store.getState().draw();
  await store.getState().draw();
  expect(ordersOf(service)).toHaveLength(1);
  await store.getState().stop();
  expect(service.calls.at(-1)).toEqual({ name: 'generate.stop', input: { drawingId: 'drawing-1' } });
  expect(store.getState().status).toMatchObject({ kind: 'on', stopping: true });
  service.emit('generate', { drawingId: 'drawing-1', event: { kind: 'stopped' } });
  await settle();
  expect(store.getState().status.kind).toBe('idle');
});

test('what the service refuses, and what fails later, says why', async () => {
  const refuse = (): never => {
    throw new UserError({ code: 'run/on', what: 'A run is on', fix: 'Pause it.' });
  };
  const [store, service] = await storeOf({ 'generate.start': refuse });
  await store.getState().draw();
  expect(store.getState().status).toMatchObject({ kind: 'failed', error: { what: 'A run is on' } });
  const error = { code: 'file/missing', what: 'There is no such file', fix: 'Check it.' } as const;
  service.emit('generate', { drawingId: 'x', event: { kind: 'failed', error } });
  await settle();
  expect(store.getState().status).toEqual({ kind: 'failed', error });
});

test('a warning of both halves is told once', async () => {
  const [store, service] = await storeOf();
  const event = { kind: 'warning', what: 'A prompt is too long' } as const;
  for (const drawingId of ['drawing-1', 'drawing-1']) service.emit('generate', { drawingId, event });
  await settle();
  expect(store.getState().warnings).toEqual([{ what: 'A prompt is too long' }]);
});

test('a picture of before brings its words, seed and strength back', async () => {
  const [store] = await storeOf({ 'generate.history': () => ({ pictures: drawnPictures() }) });
  const pair = must(
    pairsOf(drawnPictures()).find(({ picture }) => picture.file.endsWith('heart-eyes.png')),
    'the picture',
  );
  store.getState().restore(pair);
  expect(store.getState().settings).toMatchObject({
    prompt: 'a sks cat with red hearts for eyes',
    seed: 2,
    loras: [{ weight: 1.2 }],
  });
  expect(store.getState().shown?.seed).toBe(2);
});

test('a drawing that is on is found again by a new window, and one that ended unheard is not waited for', async () => {
  let drawingId: string | undefined = 'drawing-9';
  const [store] = await storeOf({
    'generate.history': () => ({ pictures: [], ...(drawingId === undefined ? {} : { drawingId }) }),
  });
  expect(store.getState().status).toMatchObject({ kind: 'on', drawingId: 'drawing-9' });
  drawingId = undefined;
  await store.getState().find();
  expect(store.getState().status.kind).toBe('idle');
});
