/**
 * The run that is on, or the last one: its status, its numbers, its pictures, its log. Steps may come hundreds of times
 * a second; what draws them hears of it four times a second at most.
 */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { TrainEvent } from '../../trainer/api/events.ts';
import type { Client, RunHistory, RunSample, RunStatus } from '../../trainer/api/rpc/index.ts';
import type { ErrorReport } from '../../trainer/base/errors.ts';
import { Metrics } from '../run/metrics.ts';
import { logLineOf, type LogEntry } from '../text/log.ts';
import { runText } from '../text/run.ts';
import { reportOf } from './failures.ts';

const BETWEEN_DRAWINGS = 250;
const LONGEST_LOG = 2000;

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
  /** A call that failed: start, pause, ... */
  readonly failure?: ErrorReport | undefined;
  /** Finds the run that is on, with all its history. */
  find(): Promise<void>;
  start(table: RunStatus['table']): Promise<void>;
  resume(): Promise<void>;
  pause(): Promise<void>;
  stop(how: 'finishing' | 'now'): Promise<void>;
  saveNow(): Promise<void>;
  sampleNow(prompt?: string): Promise<void>;
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
  const hearing: Hearing = { isHeld: false, tell: () => undefined };
  const store = createStore<RunState>((set, get) => {
    const attempt = async (action: () => Promise<unknown>): Promise<void> => {
      try {
        set({ failure: undefined });
        await action();
      } catch (error) {
        set({ failure: reportOf(error) });
      }
    };
    const begin = (status: RunStatus): void => {
      const known = get().status?.folder === status.folder;
      set({ status, ...(known ? {} : emptyRun()), lastStep: status.lastStep });
    };
    const ofCurrent = (action: (runId: string) => Promise<unknown>): Promise<void> => {
      const { status } = get();
      return status === undefined ? Promise.resolve() : attempt(() => action(status.runId));
    };
    return {
      ...emptyRun(),
      find: async () => {
        hearing.isHeld = true;
        await attempt(async () => {
          const { run } = await client.call('run.current', {});
          const known = get().status;
          // A trainer that was started anew knows nothing of the run that its forerunner took with it.
          const status = run ?? (known !== undefined && isOn(known) ? await lostRun(client, known) : undefined);
          if (status === undefined) return;
          set({ status, lastStep: status.lastStep });
          const history = await client.call('run.history', { folder: status.folder });
          set({
            metrics: Metrics.from(history.metrics),
            revision: get().revision + 1,
            samples: history.samples,
            files: history.files,
            log: history.log.map(({ time, message }) => ({ time: time ?? '', tone: 'plain', message })),
          });
        });
        hearing.isHeld = false;
        hearing.tell();
      },
      start: (table) => attempt(async () => begin(await client.call('run.start', { table, numbered: true }))),
      resume: async () => {
        const folder = get().status?.folder;
        if (folder !== undefined) await attempt(async () => begin(await client.call('run.resume', { folder })));
      },
      pause: () => ofCurrent((runId) => client.call('run.pause', { runId })),
      stop: (how) => ofCurrent((runId) => client.call('run.stop', { runId, how })),
      saveNow: () => ofCurrent((runId) => client.call('run.saveNow', { runId })),
      sampleNow: (prompt) =>
        ofCurrent((runId) => client.call('run.sampleNow', { runId, ...(prompt === undefined ? {} : { prompt }) })),
      forgetFailure: () => set({ failure: undefined }),
    };
  });
  listen(client, store, hearing, now);
  return store;
}

/** What comes while the history is on its way belongs behind it. */
interface Hearing {
  isHeld: boolean;
  tell: () => void;
}

async function lostRun(client: Client, status: RunStatus): Promise<RunStatus> {
  const { resumable } = await client.call('run.history', { folder: status.folder });
  const error: ErrorReport = { code: 'engine/crashed', ...runText.lost(resumable) };
  return { ...withoutProgress(status), asked: 'nothing', end: { kind: 'failed', error }, resumable };
}

const emptyRun = (): Pick<RunState, 'metrics' | 'revision' | 'samples' | 'log' | 'files'> => ({
  metrics: new Metrics(),
  revision: 0,
  samples: [],
  log: [],
  files: [],
});

function listen(client: Client, store: RunStore, hearing: Hearing, now: () => number): void {
  let pending: { readonly runId: string; readonly event: TrainEvent }[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (hearing.isHeld || pending.length === 0) return;
    const told = pending;
    pending = [];
    store.setState((state) => {
      const { runId = told[0]?.runId } = state.status ?? {};
      const events = told.filter((one) => one.runId === runId).map(({ event }) => event);
      return withEvents(state, events, now());
    });
  };
  hearing.tell = flush;
  client.on('run', ({ runId, event }) => {
    pending.push({ runId, event });
    timer ??= setTimeout(flush, BETWEEN_DRAWINGS);
  });
  client.on('run.status', ({ run }) => {
    const { status } = store.getState();
    const isAnother = status !== undefined && status.folder !== run.folder;
    // The old run's last events must not land in the new one's columns.
    flush();
    store.setState({
      ...(isAnother ? emptyRun() : {}),
      status: run,
      ...(run.lastStep ? { lastStep: run.lastStep } : {}),
    });
  });
}

function withEvents(state: RunState, events: readonly TrainEvent[], now: number): Partial<RunState> {
  let { status, lastStep, samples } = state;
  let steps = 0;
  const log: LogEntry[] = [];
  for (const event of events) {
    if (event.kind === 'step') {
      state.metrics.append(event);
      lastStep = event;
      steps++;
    } else if (event.kind === 'sample') {
      samples = withSample(samples, event);
    } else if (status !== undefined && event.kind === 'state') {
      status = withoutProgress({ ...status, state: event.state, message: event.message });
    } else if (status !== undefined && event.kind === 'progress') {
      status = { ...status, progress: { done: event.done, total: event.total } };
    } else if (status !== undefined && event.kind === 'checkpoint') {
      status = { ...status, savedStep: event.step };
    }
    const line = logLineOf(event, now);
    if (line !== undefined) log.push(line);
  }
  return {
    status,
    lastStep,
    samples,
    ...(steps === 0 ? {} : { revision: state.revision + 1 }),
    ...(log.length === 0 ? {} : { log: [...state.log, ...log].slice(-LONGEST_LOG) }),
  };
}

/** Each state has a length of its own. */
function withoutProgress(status: RunStatus): RunStatus {
  const left = { ...status };
  delete left.progress;
  return left;
}

/** In order of step and prompt; drawn again, it takes the old one's place. */
function withSample(samples: readonly RunSample[], sample: RunSample): readonly RunSample[] {
  const others = samples.filter(({ step, promptIndex }) => step !== sample.step || promptIndex !== sample.promptIndex);
  const { file, step, promptIndex, prompt, seed } = sample;
  return [...others, { file, step, promptIndex, prompt, seed }].sort(
    (one, other) => one.step - other.step || one.promptIndex - other.promptIndex,
  );
}
