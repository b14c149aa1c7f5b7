/**
 * The preparation of folders: what is typed, and what became of it. Nothing of it is part of the job until it is copied
 * to the job's fields.
 */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { ErrorReport } from '../../trainer/base/errors.ts';
import type { Client, PreparationOrderShape, PreparationShape } from '../../trainer/api/rpc/index.ts';
import { reportOf } from './failures.ts';
import type { JobStore } from './job.ts';

export type PreparationProgress =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'copying' }
  | { readonly kind: 'prepared'; readonly preparation: PreparationShape }
  | { readonly kind: 'failed'; readonly error: ErrorReport };

export interface PreparationState {
  readonly order: PreparationOrderShape;
  readonly progress: PreparationProgress;
  readonly isOpen: boolean;
  toggle(): void;
  change(order: Partial<PreparationOrderShape>): void;
  prepare(): Promise<void>;
  /** Ends the copying; nothing half is left. */
  stop(): void;
  /** Makes the job train on what was prepared. */
  copyToFields(): void;
}

export type PreparationStore = StoreApi<PreparationState>;

/** As in Kohya's tab. */
const AT_FIRST: PreparationOrderShape = {
  instancePrompt: '',
  classPrompt: '',
  trainingImages: '',
  repeats: 40,
  regularisationImages: '',
  regularisationRepeats: 1,
  destination: '',
};

export function createPreparationStore(client: Client, job: JobStore): PreparationStore {
  let copying: AbortController | undefined;
  return createStore<PreparationState>((set, get) => ({
    order: AT_FIRST,
    progress: { kind: 'nothing' },
    isOpen: false,
    toggle: () => set({ isOpen: !get().isOpen }),
    change: (order) => set({ order: { ...get().order, ...order } }),
    prepare: async () => {
      const controller = new AbortController();
      copying = controller;
      set({ progress: { kind: 'copying' } });
      try {
        const preparation = await client.call('dataset.prepare', get().order, { signal: controller.signal });
        set({ progress: { kind: 'prepared', preparation } });
      } catch (error) {
        set({
          progress: controller.signal.aborted ? { kind: 'nothing' } : { kind: 'failed', error: reportOf(error) },
        });
      }
    },
    stop: () => copying?.abort(),
    copyToFields: () => {
      const { progress } = get();
      if (progress.kind !== 'prepared') return;
      // The folders' names say prompt and repeats from now on.
      job.getState().apply({
        set: progress.preparation.settings,
        unset: ['reg_data_dir', 'instance_prompt', 'num_repeats'],
      });
    },
  }));
}
