/**
 * What a run tells as it goes, on its way into the store. Steps may come hundreds of times a second; the store hears of
 * them four times a second at most. While the store reads what was before, all that is told waits, so that the older
 * answer cannot take the place of what came after it.
 */
import type { TrainEvent } from '../../trainer/api/events.ts';
import { progressOf, type Client, type RunSample, type RunStatus } from '../../trainer/api/rpc/index.ts';
import { Metrics } from '../run/metrics.ts';
import { logLineOf, type LogEntry } from '../text/log.ts';
import type { RunState, RunStore } from './run.ts';

const BETWEEN_DRAWINGS = 250;
const LONGEST_LOG = 2000;

export const emptyRun = (): Pick<RunState, 'lastStep' | 'metrics' | 'revision' | 'samples' | 'log' | 'files'> => ({
  lastStep: undefined,
  metrics: new Metrics(),
  revision: 0,
  samples: [],
  log: [],
  files: [],
});

export interface RunFeed {
  /** Lets what the run tells wait until `read` is done. */
  aside(read: () => Promise<void>): Promise<void>;
}

export function listen(client: Client, store: RunStore, now: () => number): RunFeed {
  let pending: TrainEvent[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let waiting: (() => void)[] = [];
  let readers = 0;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const events = pending;
    pending = [];
    if (events.length > 0) store.setState((state) => withEvents(state, events, now()));
  };
  const inTurn = (apply: () => void): void => {
    if (readers > 0) waiting.push(apply);
    else apply();
  };
  const takeEvent = (runId: string, event: TrainEvent): void => {
    const { status } = store.getState();
    if (status !== undefined && status.runId !== runId) return;
    pending.push(event);
    timer ??= setTimeout(flush, BETWEEN_DRAWINGS);
  };
  const takeStatus = (run: RunStatus): void => {
    // The old run's last events must not land in the new one's columns.
    flush();
    store.setState((state) => withStatus(state, run));
  };
  client.on('run', ({ runId, event }) => inTurn(() => takeEvent(runId, event)));
  client.on('run.status', ({ run }) => inTurn(() => takeStatus(run)));
  return {
    aside: async (read) => {
      flush();
      readers++;
      try {
        await read();
      } finally {
        readers--;
        if (readers === 0) {
          const those = waiting;
          waiting = [];
          for (const apply of those) apply();
        }
      }
    },
  };
}

/** A run that goes on in its folder keeps what is known of it; another begins with nothing. */
export function withStatus({ status: known }: RunState, run: RunStatus): Partial<RunState> {
  const isSame = known?.runId === run.runId;
  return {
    ...(known !== undefined && known.folder === run.folder ? {} : emptyRun()),
    status: run,
    ...(isSame && run.lastStep === undefined ? {} : { lastStep: run.lastStep }),
  };
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
      status = { ...status, progress: progressOf(event) };
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
