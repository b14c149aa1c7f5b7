/**
 * The run that is on, or the last one, or one of before that was opened: its status, its numbers, its pictures, its log.
 */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Client, RunHistory, RunSample, RunStatus } from '../../trainer/api/rpc/index.ts';
import { must, type ErrorReport } from '../../trainer/base/errors.ts';
import type { Metrics } from '../run/metrics.ts';
import type { LogEntry } from '../text/log.ts';
import { reportOf } from './failures.ts';
import { factsOf, lostStatus, pastStatus } from './past-run.ts';
import { emptyRun, listen, withStatus, type RunFeed } from './run-events.ts';

export type StepFacts = NonNullable<RunStatus['lastStep']>;

export interface RunState {
  readonly status?: RunStatus | undefined;
  readonly lastStep?: StepFacts | undefined;
  /** Grows in place; `revision` says that it did. */
  readonly metrics: Metrics;
  readonly revision: number;
  readonly samples: readonly RunSample[];
  readonly log: readonly LogEntry[];
  readonly files: RunHistory['files'];
  /** What failed last: start, pause, opening its folder, ... */
  readonly failure?: ErrorReport | undefined;
  /** Finds the run that is on, with all its history. One that was on when the service broke down has failed. */
  find(): Promise<void>;
  /** Shows a run that is over. */
  open(folder: string): Promise<void>;
  start(table: RunStatus['table']): Promise<void>;
  /** The run that is shown, or the one in this folder. */
  resume(folder?: string): Promise<void>;
  pause(): Promise<void>;
  stop(how: 'finishing' | 'now'): Promise<void>;
  saveNow(): Promise<void>;
  sampleNow(prompt?: string): Promise<void>;
  /** What goes wrong in it is told above the page. */
  attempt(action: () => Promise<unknown>): Promise<void>;
  forgetFailure(): void;
}

export type RunStore = StoreApi<RunState>;

/** What a run is doing, in the few words that buttons and colours depend on. */
export type RunPhase = 'none' | 'active' | 'pausing' | 'paused' | 'stopped' | 'failed' | 'done';

export function phaseOf(status: RunStatus | undefined): RunPhase {
  if (status === undefined) return 'none';
  if (status.end !== undefined) return status.end.kind;
  return status.asked === 'nothing' ? 'active' : 'pausing';
}

export const isOn = (status: RunStatus | undefined): boolean => status !== undefined && status.end === undefined;

export function createRunStore(client: Client, now: () => number = Date.now): RunStore {
  const reading: { feed?: RunFeed } = {};
  const store = createStore<RunState>((set, get) => {
    const attempt = async (action: () => Promise<unknown>): Promise<void> => {
      try {
        set({ failure: undefined });
        await action();
      } catch (error) {
        set({ failure: reportOf(error) });
      }
    };
    const aside = (read: () => Promise<void>): Promise<void> => must(reading.feed, 'what the run tells').aside(read);
    /** The service tells of the run before it answers who started it, and may have told more since. */
    const begin = (status: RunStatus): void => {
      if (get().status?.runId !== status.runId) set((state) => withStatus(state, status));
    };
    const ofCurrent = (action: (runId: string) => Promise<unknown>): Promise<void> => {
      const { status } = get();
      return status === undefined ? Promise.resolve() : attempt(() => action(status.runId));
    };
    const historyOf = (folder: string): Promise<RunHistory> => client.call('run.history', { folder });
    const findCurrent = async (): Promise<void> => {
      const known = get().status;
      const { run } = await client.call('run.current', {});
      if (run === undefined) {
        if (known !== undefined && isOn(known)) await findLost(known);
        return;
      }
      // Somebody looks at another run that is over.
      if (known !== undefined && !isOn(known) && !isOn(run) && known.runId !== run.runId) return;
      set((state) => withStatus(state, run));
      const history = await historyOf(run.folder);
      set(factsOf(history, get().revision));
    };
    const findLost = async (known: RunStatus): Promise<void> => {
      const history = await historyOf(known.folder).catch((error: unknown) => {
        // It never came as far as a folder.
        if (reportOf(error).code === 'run/no-folder') return undefined;
        throw error;
      });
      const facts = history === undefined ? {} : factsOf(history, get().revision);
      set({ ...facts, status: lostStatus(known, history) });
    };
    const show = (folder: string): Promise<void> =>
      aside(async () => {
        const history = await historyOf(folder);
        const status = pastStatus(history);
        set({ ...factsOf(history, get().revision), status, lastStep: status.lastStep });
      });
    return {
      ...emptyRun(),
      find: () => attempt(() => aside(findCurrent)),
      open: (folder) => attempt(() => show(folder)),
      start: (table) => attempt(async () => begin(await client.call('run.start', { table, numbered: true }))),
      resume: (given) =>
        attempt(async () => {
          const shown = get().status?.folder;
          const folder = given ?? shown;
          if (folder === undefined) return;
          if (folder !== shown) await show(folder);
          begin(await client.call('run.resume', { folder }));
        }),
      pause: () => ofCurrent((runId) => client.call('run.pause', { runId })),
      stop: (how) => ofCurrent((runId) => client.call('run.stop', { runId, how })),
      saveNow: () => ofCurrent((runId) => client.call('run.saveNow', { runId })),
      sampleNow: (prompt) =>
        ofCurrent((runId) => client.call('run.sampleNow', { runId, ...(prompt === undefined ? {} : { prompt }) })),
      attempt,
      forgetFailure: () => set({ failure: undefined }),
    };
  });
  reading.feed = listen(client, store, now);
  return store;
}
