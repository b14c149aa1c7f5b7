/**
 * What the trainer thinks of the job as it stands: problems, the plan in numbers, the checkpoint. Asked anew shortly
 * after each change; only the newest answer counts.
 */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { CallOutput, Client, JobSettings, Problem } from '../../trainer/api/rpc/index.ts';
import { isCancelled } from './failures.ts';

type JobCheck = CallOutput<'job.check'>;

export interface CheckState {
  readonly kind: 'unknown' | 'checking' | 'known';
  readonly problems: readonly Problem[];
  readonly ignored: JobCheck['ignored'];
  readonly plan?: JobCheck['plan'] | undefined;
  readonly checkpoint?: JobCheck['checkpoint'] | undefined;
  /** Looks at this job after a pause; what was asked before is cancelled. */
  look(table: JobSettings): void;
  /** Looks at it now. Rejects where nothing could be learned, with rpc/cancelled where something newer is asked. */
  lookNow(table: JobSettings): Promise<readonly Problem[]>;
}

export type CheckStore = StoreApi<CheckState>;

export function createCheckStore(client: Client, pause = 250): CheckStore {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asked: AbortController | undefined;
  return createStore<CheckState>((set) => {
    const leave = (): void => {
      clearTimeout(timer);
      asked?.abort();
      set({ kind: 'checking' });
    };
    const ask = async (table: JobSettings): Promise<readonly Problem[]> => {
      const controller = new AbortController();
      asked = controller;
      try {
        const answer = await client.call('job.check', { table }, { signal: controller.signal });
        set({ plan: undefined, checkpoint: undefined, ...answer, kind: 'known' });
        return answer.problems;
      } catch (error) {
        if (!isCancelled(error)) set({ kind: 'unknown' });
        throw error;
      }
    };
    return {
      kind: 'unknown',
      problems: [],
      ignored: [],
      look: (table) => {
        leave();
        // The state says that nothing is known then.
        timer = setTimeout(() => void ask(table).catch(() => undefined), pause);
      },
      lookNow: (table) => {
        leave();
        return ask(table);
      },
    };
  });
}

/** Problems about a setting, worst first. */
export const problemsAt = (problems: readonly Problem[], path: string, key: string): readonly Problem[] =>
  problems.filter((problem) => problem.keys.includes(path) || problem.keys.includes(key));

export const worstOf = (problems: readonly Problem[]): Problem['severity'] | undefined =>
  (['error', 'warning', 'info'] as const).find((severity) => problems.some((one) => one.severity === severity));
