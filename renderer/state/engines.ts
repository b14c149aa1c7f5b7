/**
 * Which engines work on the service's computer. Trying them takes seconds of its processor: it is asked a moment after the
 * window is there, and never beside a run. Until it is known, every engine is offered.
 */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { CallOutput, Client } from '../../trainer/api/rpc/index.ts';
import { isOn, type RunStore } from './run.ts';

export type EngineTrials = CallOutput<'app.engines'>['engines'];

export interface EnginesState {
  readonly trials?: EngineTrials | undefined;
  /** Asks the service, which may be another since. */
  ask(): void;
}

export type EnginesStore = StoreApi<EnginesState>;

export function createEnginesStore(client: Client, run: RunStore, pause = 3000): EnginesStore {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isWanted = false;
  const isBusy = (): boolean => isOn(run.getState().status);
  return createStore<EnginesState>((set) => {
    const look = async (): Promise<void> => {
      if (isBusy()) return;
      isWanted = false;
      // Nothing is lost where it cannot be learned: a run says what its engine lacks.
      const answer = await client.call('app.engines', {}).catch(() => undefined);
      if (answer !== undefined) set({ trials: answer.engines });
    };
    const lookSoon = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => void look(), pause);
    };
    run.subscribe(({ status }, before) => {
      if (isWanted && isOn(before.status) && !isOn(status)) lookSoon();
    });
    return {
      ask: () => {
        isWanted = true;
        lookSoon();
      },
    };
  });
}
