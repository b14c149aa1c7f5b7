/**
 * The pictures of the open job: what the last scan told, which are selected, captions as they are being written.
 */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { ErrorReport } from '../../trainer/base/errors.ts';
import type {
  Client,
  DatasetFix,
  DatasetImageShape,
  DatasetScan,
  JobSettings,
  Problem,
} from '../../trainer/api/rpc/index.ts';
import { captionDrafts, type Drafts } from './caption-drafts.ts';
import { possibleSight, selectedInSight, WHOLE_SIGHT, type Sight } from './dataset-sight.ts';
import { isCancelled, reportOf } from './failures.ts';
import { filesIn, withFindings } from './scan-findings.ts';

/** Settings that change what a scan tells. */
const SCANNED = [
  'train_data_dir',
  'reg_data_dir',
  // A folder of class images that are still to be drawn may be empty, and an autoencoder has no use for it.
  'with_prior_preservation',
  'method',
  'instance_prompt',
  'num_repeats',
  'resolution',
  'enable_bucket',
  'min_bucket_reso',
  'max_bucket_reso',
  'bucket_reso_steps',
  'bucket_no_upscale',
  'caption_extension',
  'max_token_length',
  'enable_wildcard',
  'train_batch_size',
  'gradient_accumulation_steps',
  'max_train_steps',
  'max_train_epochs',
  'pretrained_model_name_or_path',
] as const;

export type ScanProgress =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'scanning' }
  | { readonly kind: 'known' }
  | { readonly kind: 'failed'; readonly error: ErrorReport };

export interface DatasetState {
  readonly progress: ScanProgress;
  readonly scan?: DatasetScan | undefined;
  /** Of the last scan that ended: the settings that it was for and the files that it met, as text to compare. */
  readonly seen?: { readonly settings: string; readonly files: string } | undefined;
  /** A scan is on. */
  readonly isLooking: boolean;
  readonly sight: Sight;
  /** Never more than is in sight. */
  readonly selected: ReadonlySet<string>;
  /** The picture whose caption is open. */
  readonly current?: string | undefined;
  /** Captions that were typed, by picture; in their files a moment later. */
  readonly drafts: Drafts;
  /** Many captions are being changed: what is typed now would be lost or undo that. */
  readonly isEditing: boolean;
  /** Scans after a pause, unless nothing that matters has changed since the last time. */
  look(table: JobSettings): void;
  scanAgain(): void;
  /** The files may have changed meanwhile: scans after a pause, unless a scan is on or about to be. */
  refresh(): void;
  /** What is out of sight by that is not selected any more. */
  show(sight: Partial<Sight>): void;
  select(paths: Iterable<string>): void;
  open(path: string | undefined): void;
  typeCaption(image: string, text: string): void;
  /** Writes captions that were typed now, without the pause. */
  keepCaptions(): void;
  editTags(edit: TagEdit): Promise<number>;
  fix(fix: DatasetFix): Promise<number>;
}

export type TagEdit =
  | { readonly kind: 'add'; readonly tags: readonly string[]; readonly where: 'start' | 'end' }
  | { readonly kind: 'remove'; readonly tags: readonly string[] }
  | { readonly kind: 'replace'; readonly find: string; readonly replace: string };

export type DatasetStore = StoreApi<DatasetState>;

export function createDatasetStore(client: Client, pause = 400, typingPause = 700): DatasetStore {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asked: AbortController | undefined;
  let table: JobSettings = {};
  let scanned = '';
  /** Stands until there is a newer one, so that nothing that is known vanishes for a while. */
  let inspected: { readonly settings: string; readonly findings: readonly Problem[] } | undefined;
  const store = createStore<DatasetState>((set, get) => {
    /** Pictures are decoded for it, which may take a while: the scan is shown before. */
    const inspect = async (scan: DatasetScan, settings: string, signal: AbortSignal): Promise<void> => {
      const { findings } = await client.call('dataset.inspect', { table }, { signal });
      inspected = { settings, findings };
      set({ scan: withFindings(scan, findings) });
    };
    const ask = async (): Promise<void> => {
      const controller = new AbortController();
      const { signal } = controller;
      asked?.abort();
      asked = controller;
      const { drafts: before } = get();
      const settings = scanned;
      set({ isLooking: true });
      try {
        const answer = await client.call('dataset.scan', { table }, { signal });
        const scan = inspected?.settings === settings ? withFindings(answer, inspected.findings) : answer;
        const there = new Set(scan.images.map(({ path }) => path));
        const sight = possibleSight(scan, get().sight);
        set({
          scan,
          seen: { settings, files: filesIn(answer) },
          progress: { kind: 'known' },
          sight,
          selected: selectedInSight(scan, sight, get().selected),
          current: there.has(get().current ?? '') ? get().current : scan.images[0]?.path,
        });
        drafts.compare(scan, before);
        // The scan stands without it.
        void inspect(answer, settings, signal).catch(() => undefined);
      } catch (error) {
        if (isCancelled(error)) return;
        const report = reportOf(error);
        const seen = { settings, files: `${report.code} ${report.what}` };
        set({ scan: undefined, seen, progress: { kind: 'failed', error: report } });
      } finally {
        if (asked === controller) set({ isLooking: false });
      }
    };
    const text = (key: string, otherwise: string): string => {
      const value = table[key];
      return typeof value === 'string' && value !== '' ? value : otherwise;
    };
    const extension = (): string => text('caption_extension', '.txt');
    const separator = (): string => text('caption_separator', ',');
    const drafts = captionDrafts({
      write: async (image, caption) => {
        await client.call('caption.write', { image, ...caption });
      },
      read: () => get().drafts,
      change: (changed) => set({ drafts: changed }),
      pause: typingPause,
    });
    return {
      progress: { kind: 'nothing' },
      sight: WHOLE_SIGHT,
      selected: new Set(),
      drafts: new Map(),
      isLooking: false,
      isEditing: false,
      look: (next) => {
        table = next;
        const facts = JSON.stringify(SCANNED.map((key) => next[key] ?? null));
        if (facts === scanned) return;
        scanned = facts;
        clearTimeout(timer);
        if (next['train_data_dir'] === undefined) {
          asked?.abort();
          const nothing = { scan: undefined, seen: undefined, selected: new Set<string>(), current: undefined };
          set({ ...nothing, progress: { kind: 'nothing' } });
          return;
        }
        set({ progress: { kind: 'scanning' } });
        timer = setTimeout(() => void ask(), pause);
      },
      scanAgain: () => void ask(),
      refresh: () => {
        const { progress, isLooking } = get();
        if (progress.kind === 'nothing' || progress.kind === 'scanning' || isLooking) return;
        clearTimeout(timer);
        timer = setTimeout(() => {
          if (!get().isLooking) void ask();
        }, pause);
      },
      show: (change) => {
        const sight = { ...get().sight, ...change };
        set({ sight, selected: selectedInSight(get().scan, sight, get().selected) });
      },
      select: (paths) => set({ selected: selectedInSight(get().scan, get().sight, paths) }),
      open: (current) => {
        set({ current });
        drafts.leave(current);
      },
      typeCaption: (image, caption) => drafts.type(image, { text: caption, extension: extension() }),
      keepCaptions: () => void drafts.keep().catch(() => undefined),
      editTags: async (edit) => {
        const images = [...get().selected];
        set({ isEditing: true });
        try {
          await drafts.keep(images);
          const words = { extension: extension(), separator: separator() };
          const { changed } = await client.call('captions.edit', { images, ...words, edit });
          drafts.outdate(images);
          await ask();
          return changed;
        } finally {
          set({ isEditing: false });
        }
      },
      fix: async (fix) => {
        await drafts.keep(fix.images);
        const { changed } = await client.call('dataset.fix', { fix });
        drafts.outdate(fix.images);
        await ask();
        return changed;
      },
    };
  });
  client.on('dataset.changed', () => {
    if (store.getState().progress.kind !== 'nothing') store.getState().scanAgain();
  });
  return store;
}

/** How often each tag stands in the captions, most often first. */
export function tagCounts(
  images: readonly DatasetImageShape[],
  separator: string,
): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const { caption, captionFrom } of images) {
    if (captionFrom !== 'file') continue;
    const tags = new Set(caption.split(separator).map((tag) => tag.trim()));
    for (const tag of tags) if (tag !== '') counts.set(tag, (counts.get(tag) ?? 0) + 1);
  }
  return [...counts].sort(([one, a], [other, b]) => b - a || one.localeCompare(other));
}
