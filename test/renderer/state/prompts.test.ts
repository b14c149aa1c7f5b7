import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { UserError } from '../../../trainer/base/errors.ts';
import type { Handlers } from '../../../trainer/api/rpc/index.ts';
import { createPromptsStore, hasUnsavedPrompts, textOf, type PromptsStore } from '../../../renderer/state/prompts.ts';
import { fakeClient, fakeService, type FakeService } from '../fake-service.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(1000);
const FILE = '/jobs/prompts.txt';

async function storeAt(path = FILE, handlers: Partial<Handlers> = {}): Promise<[PromptsStore, FakeService]> {
  const service = fakeService(handlers);
  const store = createPromptsStore(fakeClient(service));
  store.getState().look(path);
  await settle();
  return [store, service];
}

const textIn = (store: PromptsStore): string => {
  const { open } = store.getState();
  return open.kind === 'known' ? textOf(open) : open.kind;
};

test('a path that is being typed is read once', async () => {
  const service = fakeService();
  const store = createPromptsStore(fakeClient(service));
  for (const path of ['/j', '/jobs', FILE]) store.getState().look(path);
  await settle();
  expect(service.calls).toEqual([{ name: 'prompts.read', input: { path: FILE } }]);
  expect(hasUnsavedPrompts(store.getState())).toBe(false);
});

test('what was changed is unsaved until it is saved, and goes to the file as it is seen', async () => {
  const [store, service] = await storeAt();
  store.getState().setText('# yours\na bird');
  expect(hasUnsavedPrompts(store.getState())).toBe(true);
  expect(await store.getState().save()).toBe(true);
  expect(hasUnsavedPrompts(store.getState())).toBe(false);
  expect(service.calls.at(-1)).toEqual({ name: 'prompts.write', input: { path: FILE, text: '# yours\na bird' } });
});

test('a change waits while another file is open', async () => {
  const [store] = await storeAt();
  store.getState().setText('a bird');
  store.getState().look('/jobs/other.txt');
  await settle();
  expect(store.getState().open).toMatchObject({ kind: 'known', exists: false });
  store.getState().look(FILE);
  expect(textIn(store)).toBe('a bird');
  await store.getState().revert();
  expect(textIn(store)).toContain('a sks cat --w 128');
});

test('a save that fails says why and loses nothing', async () => {
  const [store] = await storeAt(FILE, {
    'prompts.write': () => {
      throw new UserError({ code: 'file/no-space', what: 'The disk is full', fix: 'Free some space.' });
    },
  });
  store.getState().setText('a bird');
  expect(await store.getState().save()).toBe(false);
  expect(store.getState().failure?.what).toBe('The disk is full');
  expect(textIn(store)).toBe('a bird');
});

test('a file that cannot be read says why', async () => {
  const [store] = await storeAt(FILE, {
    'prompts.read': () => {
      throw new UserError({ code: 'job/syntax', what: 'It is no text', fix: 'Choose another.' });
    },
  });
  expect(store.getState().open).toMatchObject({ kind: 'failed', error: { what: 'It is no text' } });
});

test('a new file is written once; a copy takes the first free name', async () => {
  const [store, service] = await storeAt();
  expect(await store.getState().create('/jobs/new.txt', 'a bird')).toBe(true);
  expect(await store.getState().create(FILE, 'a bird')).toBe(true);
  const copied = await store
    .getState()
    .copy(FILE, (number) => (number === 1 ? '/jobs/new.txt' : `/jobs/${number}.txt`));
  expect(copied).toBe('/jobs/2.txt');
  const written = service.calls.filter(({ name }) => name === 'prompts.write').map(({ input }) => input);
  expect(written).toEqual([
    { path: '/jobs/new.txt', text: 'a bird' },
    { path: '/jobs/2.txt', text: '# mine\na sks cat --w 128 --h 128 --d 1\na dog --n blurry --s 20\n' },
  ]);
});
