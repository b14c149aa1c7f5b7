/**
 * "Try it": what is to be drawn, the drawing that is on, and every picture that was drawn before.
 */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Client, DrawingEvent, DrawingOrder, DrawnPicture, RunSummary } from '../../trainer/api/rpc/index.ts';
import type { ErrorReport } from '../../trainer/base/errors.ts';
import { firstSettings, type DrawingSettings } from '../try-it/first-settings.ts';
import { needsWithout, type Pair } from '../try-it/pairs.ts';
import { reportOf } from './failures.ts';

type Known = Omit<Parameters<typeof firstSettings>[0], 'runs' | 'seed'>;

export type DrawingStatus =
  | { readonly kind: 'idle' }
  /** `total` is 0 until the model is loaded. */
  | {
      readonly kind: 'on';
      readonly drawingId?: string | undefined;
      readonly done: number;
      readonly total: number;
      /** When the first step was done, and how many were then. */
      readonly since?: { readonly time: number; readonly done: number } | undefined;
      readonly stopping: boolean;
    }
  | { readonly kind: 'failed'; readonly error: ErrorReport };

export interface Warning {
  readonly what: string;
  readonly fix?: string;
}

export interface DrawingState {
  /** Absent until the page was opened. */
  readonly settings?: DrawingSettings | undefined;
  readonly status: DrawingStatus;
  /** Newest first. */
  readonly pictures: readonly DrawnPicture[];
  readonly runs: readonly RunSummary[];
  /** What the result shows. */
  readonly shown?: { readonly order: DrawingOrder; readonly seed: number } | undefined;
  readonly warnings: readonly Warning[];
  /** The page is looked at: the first time, there is something to begin with. */
  open(known: Known): Promise<void>;
  /** Runs and pictures that may have come since the last time, and the drawing that is on. */
  find(): Promise<void>;
  change(change: Partial<DrawingSettings>): void;
  replace(settings: DrawingSettings): void;
  newSeed(): void;
  draw(): Promise<void>;
  stop(): Promise<void>;
  /** Shows a picture and takes its settings. */
  restore(pair: Pair): void;
}

export type DrawingStore = StoreApi<DrawingState>;

const SEEDS = 2 ** 32;

interface Chances {
  /** From 0 up to, not including, 1. */
  readonly random?: () => number;
  readonly now?: () => number;
}

export function createDrawingStore(
  client: Client,
  { random = Math.random, now = Date.now }: Chances = {},
): DrawingStore {
  const seed = (): number => Math.floor(random() * SEEDS);
  let lorasAreChosen = false;
  const store = createStore<DrawingState>((set, get) => ({
    status: { kind: 'idle' },
    pictures: [],
    runs: [],
    warnings: [],
    open: async (known) => {
      await get().find();
      const { settings, runs } = get();
      const first = firstSettings({ ...known, runs, seed: seed() });
      if (settings === undefined) set({ settings: first });
      // A run may have saved since: until somebody chooses, the newest is what is tried.
      else if (!lorasAreChosen) set({ settings: { ...settings, loras: first.loras } });
    },
    find: async () => {
      try {
        const [{ runs }, { pictures, drawingId }] = await Promise.all([
          client.call('runs.list', {}),
          client.call('generate.history', {}),
        ]);
        set((state) => ({ runs, ...withHistory(state, pictures, drawingId) }));
      } catch (error) {
        set({ status: { kind: 'failed', error: reportOf(error) } });
      }
    },
    change: (change) => {
      const { settings } = get();
      lorasAreChosen ||= change.loras !== undefined;
      if (settings !== undefined) set({ settings: { ...settings, ...change } });
    },
    replace: (settings) => set({ settings }),
    newSeed: () => get().change({ seed: seed() }),
    draw: async () => {
      const { settings, status, pictures } = get();
      if (settings === undefined || settings.model === '' || status.kind === 'on') return;
      const asked: DrawingOrder = { ...settings, compare: false };
      const order = { ...asked, compare: needsWithout(pictures, asked, settings.seed) };
      set({
        status: { kind: 'on', done: 0, total: 0, stopping: false },
        shown: { order, seed: settings.seed },
        warnings: [],
      });
      try {
        const { drawingId } = await client.call('generate.start', { order });
        const { status: since } = get();
        if (since.kind === 'on') set({ status: { ...since, drawingId } });
      } catch (error) {
        set({ status: { kind: 'failed', error: reportOf(error) } });
      }
    },
    stop: async () => {
      const { status } = get();
      if (status.kind !== 'on' || status.drawingId === undefined) return;
      set({ status: { ...status, stopping: true } });
      await client.call('generate.stop', { drawingId: status.drawingId }).catch(() => undefined);
    },
    restore: ({ picture: { order, seed: drawn } }) => {
      const { compare: _compare, ...settings } = order;
      lorasAreChosen = true;
      set({ settings: { ...settings, seed: drawn, count: 1 }, shown: { order, seed: drawn } });
    },
  }));
  client.on('generate', ({ drawingId, event }) => {
    store.setState((state) => afterEvent(state, drawingId, event, now()));
  });
  return store;
}

/** What the service remembers, over what was heard: a drawing may have begun or ended while nobody listened. */
function withHistory(
  { status, pictures: heard, shown }: DrawingState,
  remembered: readonly DrawnPicture[],
  drawingId: string | undefined,
): Partial<DrawingState> {
  const isOn = status.kind === 'on';
  // The newest pictures of a drawing that is on may not be written down yet.
  const unwritten = isOn ? heard.filter(({ file }) => !remembered.some((one) => one.file === file)) : [];
  const [newest] = remembered;
  const first = newest === undefined ? undefined : { order: newest.order, seed: newest.seed };
  const known = { pictures: [...unwritten, ...remembered], shown: shown ?? first };
  if (drawingId !== undefined && !isOn) {
    return { ...known, status: { kind: 'on', drawingId, done: 0, total: 0, stopping: false } };
  }
  const isGone = drawingId === undefined && isOn && status.drawingId !== undefined;
  return isGone ? { ...known, status: { kind: 'idle' } } : known;
}

function afterEvent(state: DrawingState, drawingId: string, event: DrawingEvent, now: number): Partial<DrawingState> {
  const { status, pictures, warnings } = state;
  switch (event.kind) {
    case 'started':
      return { status: { kind: 'on', drawingId, done: 0, total: 0, stopping: false } };
    case 'progress': {
      const { done, total } = event;
      const before = status.kind === 'on' ? status : { since: undefined, stopping: false };
      const since = before.since ?? { time: now, done };
      return { status: { kind: 'on', drawingId, done, total, since, stopping: before.stopping } };
    }
    case 'picture':
      return { pictures: [event.picture, ...pictures] };
    case 'warning': {
      const { what, fix } = event;
      // Both halves of a comparison may say it.
      if (warnings.some((one) => one.what === what)) return {};
      return { warnings: [...warnings, { what, ...(fix === undefined ? {} : { fix }) }] };
    }
    case 'done':
    case 'stopped':
      return { status: { kind: 'idle' } };
    case 'failed':
      return { status: { kind: 'failed', error: event.error } };
  }
}

/** Seconds that the drawing will still take, where that can be told. */
export function secondsLeft(status: DrawingStatus, now: number): number | undefined {
  if (status.kind !== 'on' || status.since === undefined) return undefined;
  const { done, total, since } = status;
  const steps = done - since.done;
  return steps <= 0 ? undefined : ((now - since.time) / 1000 / steps) * (total - done);
}
