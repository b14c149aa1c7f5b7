/**
 * The preparation of folders: what is typed, and what became of it. Nothing of it is part of the job until it is copied
 * to the job's fields.
 */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { ErrorReport } from '../../trainer/base/errors.ts';
import type { Client, JobSettings, PreparationOrderShape, PreparationShape } from '../../trainer/api/rpc/index.ts';
import { reportOf } from './failures.ts';
import type { JobStore } from './job.ts';

export type PreparationProgress =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'copying' }
  | { readonly kind: 'prepared'; readonly preparation: PreparationShape; readonly classPrompt: string }
  | { readonly kind: 'failed'; readonly error: ErrorReport };

export interface PreparationState {
  readonly order: PreparationOrderShape;
  /** The model is to draw class images; undefined: as the job says. */
  readonly drawsClassImages?: boolean;
  readonly progress: PreparationProgress;
  readonly isOpen: boolean;
  toggle(): void;
  change(order: Partial<PreparationOrderShape>): void;
  drawClassImages(areWanted: boolean): void;
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

export const wantsClassImages = (table: JobSettings): boolean => table['with_prior_preservation'] === true;

export function createPreparationStore(client: Client, job: JobStore): PreparationStore {
  let copying: AbortController | undefined;
  return createStore<PreparationState>((set, get) => ({
    order: AT_FIRST,
    progress: { kind: 'nothing' },
    isOpen: false,
    toggle: () => set({ isOpen: !get().isOpen }),
    change: (order) => set({ order: { ...get().order, ...order } }),
    drawClassImages: (drawsClassImages) => set({ drawsClassImages }),
    prepare: async () => {
      const { order } = get();
      const controller = new AbortController();
      copying = controller;
      set({ progress: { kind: 'copying' } });
      try {
        const preparation = await client.call('dataset.prepare', order, { signal: controller.signal });
        set({ progress: { kind: 'prepared', preparation, classPrompt: order.classPrompt.trim() } });
      } catch (error) {
        set({
          progress: controller.signal.aborted ? { kind: 'nothing' } : { kind: 'failed', error: reportOf(error) },
        });
      }
    },
    stop: () => copying?.abort(),
    copyToFields: () => {
      const { progress, drawsClassImages = wantsClassImages(job.getState().table) } = get();
      if (progress.kind !== 'prepared') return;
      const { preparation, classPrompt } = progress;
      // The folders' names say prompt and repeats from now on.
      job.getState().apply({
        set: {
          ...preparation.settings,
          class_prompt: classPrompt,
          ...(drawsClassImages
            ? { with_prior_preservation: true, reg_data_dir: preparation.regularisationFolder }
            : {}),
        },
        unset: ['reg_data_dir', 'instance_prompt', 'num_repeats', 'with_prior_preservation'],
      });
    },
  }));
}
