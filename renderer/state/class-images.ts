/**
 * Class images: what is in their folder, how far the drawing of missing ones is, and which are chosen to be removed.
 */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type {
  ClassImageProgress,
  ClassImagesEvent,
  ClassImagesShape,
  Client,
  JobSettings,
} from '../../trainer/api/rpc/index.ts';
import type { ErrorReport } from '../../trainer/base/errors.ts';
import { isCancelled, reportOf } from './failures.ts';

export type ClassFolderState =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'known'; readonly images: ClassImagesShape }
  /** What the job still lacks, or what is wrong with the folder. */
  | { readonly kind: 'failed'; readonly error: ErrorReport };

export interface ClassImagesState {
  readonly folder: ClassFolderState;
  readonly making?: (ClassImageProgress & { readonly stopping: boolean }) | undefined;
  /** Why the last drawing or removal ended early. */
  readonly failure?: ErrorReport | undefined;
  readonly warnings: readonly string[];
  /** Files. */
  readonly chosen: ReadonlySet<string>;
  /** Looks at what this job wants after a pause; what was asked before is cancelled. */
  look(table: JobSettings): void;
  /** Whether any are being drawn, which may have begun before this window was there. */
  find(): Promise<void>;
  make(table: JobSettings): Promise<void>;
  stop(): Promise<void>;
  choose(file: string, isChosen: boolean): void;
  chooseNone(): void;
  /** Those that are chosen. */
  remove(table: JobSettings): Promise<void>;
}

export type ClassImagesStore = StoreApi<ClassImagesState>;

export function createClassImagesStore(client: Client, pause = 400): ClassImagesStore {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asked: AbortController | undefined;
  let lookedAt: JobSettings | undefined;
  const store = createStore<ClassImagesState>((set, get) => {
    const lookNow = async (table: JobSettings): Promise<void> => {
      clearTimeout(timer);
      asked?.abort();
      const controller = new AbortController();
      asked = controller;
      lookedAt = table;
      try {
        const images = await client.call('classes.look', { table }, { signal: controller.signal });
        const files = new Set(images.pictures.map(({ file }) => file));
        const chosen = new Set([...get().chosen].filter((file) => files.has(file)));
        set({ folder: { kind: 'known', images }, chosen });
      } catch (error) {
        if (!isCancelled(error)) set({ folder: { kind: 'failed', error: reportOf(error) }, chosen: new Set() });
      }
    };
    return {
      folder: { kind: 'unknown' },
      warnings: [],
      chosen: new Set(),
      look: (table) => {
        clearTimeout(timer);
        timer = setTimeout(() => void lookNow(table), pause);
      },
      find: async () => {
        const { making } = await client.call('classes.current', {});
        set({ making: making === undefined ? undefined : { ...making, stopping: false } });
        if (lookedAt !== undefined) await lookNow(lookedAt);
      },
      make: async (table) => {
        if (get().making !== undefined) return;
        set({ making: { done: 0, total: 0, stopping: false }, failure: undefined, warnings: [] });
        try {
          lookedAt = table;
          await client.call('classes.make', { table });
        } catch (error) {
          set({ making: undefined, failure: reportOf(error) });
        }
      },
      stop: async () => {
        const { making } = get();
        if (making === undefined) return;
        set({ making: { ...making, stopping: true } });
        await client.call('classes.stop', {}).catch(() => undefined);
      },
      choose: (file, isChosen) => {
        const chosen = new Set(get().chosen);
        if (isChosen) chosen.add(file);
        else chosen.delete(file);
        set({ chosen });
      },
      chooseNone: () => set({ chosen: new Set() }),
      remove: async (table) => {
        try {
          await client.call('classes.remove', { table, files: [...get().chosen] });
          set({ failure: undefined });
        } catch (error) {
          set({ failure: reportOf(error) });
        }
        await lookNow(table);
      },
    };
  });
  client.on('classes', ({ event }) => {
    store.setState((state) => afterEvent(state, event));
    const isOver = event.kind === 'done' || event.kind === 'stopped' || event.kind === 'failed';
    if (isOver && lookedAt !== undefined) store.getState().look(lookedAt);
  });
  return store;
}

function afterEvent(state: ClassImagesState, event: ClassImagesEvent): Partial<ClassImagesState> {
  const { making, folder, warnings } = state;
  switch (event.kind) {
    case 'progress': {
      const { kind: _kind, ...progress } = event;
      return { making: { ...progress, stopping: making?.stopping ?? false } };
    }
    case 'picture':
      return folder.kind === 'known'
        ? { folder: { kind: 'known', images: withPicture(folder.images, event.file) } }
        : {};
    case 'warning':
      return { warnings: [...new Set([...warnings, [event.what, event.fix].filter(Boolean).join('. ')])] };
    case 'done':
    case 'stopped':
      return { making: undefined };
    case 'failed':
      return { making: undefined, failure: event.error };
  }
}

function withPicture(images: ClassImagesShape, file: string): ClassImagesShape {
  if (images.pictures.some((picture) => picture.file === file)) return images;
  return {
    ...images,
    missing: Math.max(0, images.missing - 1),
    pictures: [...images.pictures, { file, wanted: true }],
  };
}
