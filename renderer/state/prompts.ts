/**
 * The file of sample prompts that the job names, as it is being edited. What was changed and not saved waits for its
 * file to be named again.
 */
import { createStore, type StoreApi } from 'zustand/vanilla';
import { parsePromptFile, printPromptFile, type PromptFile } from '../../trainer/api/prompts/prompt-file.ts';
import type { Client, Problem } from '../../trainer/api/rpc/index.ts';
import type { ErrorReport } from '../../trainer/base/errors.ts';
import { rowsOf, textOfRows, type Row } from '../prompts/rows.ts';
import { reportOf } from './failures.ts';

export interface PromptsDocument {
  readonly kind: 'known';
  readonly path: string;
  /** Whether there is a file yet. */
  readonly exists: boolean;
  readonly rows: readonly Row[];
  readonly lineEnd: PromptFile['lineEnd'];
  /** As the file has it. */
  readonly saved: string;
  /** What the trainer thinks of it as it is in the file. */
  readonly problems: readonly Problem[];
}

export type PromptsOpen =
  | { readonly kind: 'none' }
  | { readonly kind: 'reading'; readonly path: string }
  | { readonly kind: 'failed'; readonly path: string; readonly error: ErrorReport }
  | PromptsDocument;

export interface PromptsState {
  readonly open: PromptsOpen;
  /** Of a save, or of making a file. */
  readonly failure?: ErrorReport | undefined;
  /** The file that the job names now; read after a pause. */
  look(path: string | undefined): void;
  change(update: (rows: readonly Row[]) => readonly Row[]): void;
  setText(text: string): void;
  /** False when it could not be written. */
  save(): Promise<boolean>;
  /** Back to what the file has. */
  revert(): Promise<void>;
  /** Writes a new file; one that is there already stays as it is. */
  create(path: string, text: string): Promise<boolean>;
  /** Writes the text of a file under the first free name, and tells that. */
  copy(from: string, nameAt: (number: number) => string): Promise<string | undefined>;
}

export type PromptsStore = StoreApi<PromptsState>;

export const textOf = ({ rows, lineEnd }: PromptsDocument): string => textOfRows(rows, lineEnd);

export const hasUnsavedPrompts = ({ open }: PromptsState): boolean =>
  open.kind === 'known' && textOf(open) !== open.saved;

const MOST_COPIES = 100;

export function createPromptsStore(client: Client, pause = 250): PromptsStore {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const drafts = new Map<string, PromptsDocument>();
  return createStore<PromptsState>((set, get) => {
    const read = async (path: string): Promise<void> => {
      const isWanted = (): boolean => {
        const { open } = get();
        return open.kind !== 'none' && open.path === path;
      };
      try {
        const { text, exists, problems } = await client.call('prompts.read', { path });
        if (!isWanted()) return;
        const file = parsePromptFile(text);
        const saved = printPromptFile(file);
        set({ open: { kind: 'known', path, exists, rows: rowsOf(saved), lineEnd: file.lineEnd, saved, problems } });
      } catch (error) {
        if (isWanted()) set({ open: { kind: 'failed', path, error: reportOf(error) } });
      }
    };
    const attempt = async <T>(action: () => Promise<T>): Promise<T | undefined> => {
      try {
        set({ failure: undefined });
        return await action();
      } catch (error) {
        set({ failure: reportOf(error) });
        return undefined;
      }
    };
    const change = (update: (rows: readonly Row[]) => readonly Row[]): void => {
      const { open } = get();
      if (open.kind === 'known') set({ open: { ...open, rows: update(open.rows) } });
    };
    return {
      open: { kind: 'none' },
      look: (path) => {
        const { open } = get();
        if ((open.kind === 'none' ? undefined : open.path) === path) return;
        if (open.kind === 'known' && hasUnsavedPrompts(get())) drafts.set(open.path, open);
        clearTimeout(timer);
        const draft = path === undefined ? undefined : drafts.get(path);
        if (path !== undefined) drafts.delete(path);
        set({ open: path === undefined ? { kind: 'none' } : (draft ?? { kind: 'reading', path }), failure: undefined });
        if (path !== undefined && draft === undefined) timer = setTimeout(() => void read(path), pause);
      },
      change,
      setText: (text) => change(() => rowsOf(text)),
      save: async () => {
        const { open } = get();
        if (open.kind !== 'known') return true;
        const text = textOf(open);
        const answer = await attempt(() => client.call('prompts.write', { path: open.path, text }));
        const { open: now } = get();
        if (answer !== undefined && now.kind === 'known' && now.path === open.path) {
          set({ open: { ...now, exists: true, saved: text, problems: answer.problems } });
        }
        return answer !== undefined;
      },
      revert: async () => {
        const { open } = get();
        if (open.kind === 'none') return;
        set({ failure: undefined });
        await read(open.path);
      },
      create: async (path, text) => {
        const made = await attempt(async () => {
          const { exists } = await client.call('prompts.read', { path });
          if (!exists) await client.call('prompts.write', { path, text });
          return true;
        });
        return made === true;
      },
      copy: (from, nameAt) =>
        attempt(async () => {
          const { text } = await client.call('prompts.read', { path: from });
          for (let number = 1; number <= MOST_COPIES; number++) {
            const path = nameAt(number);
            const { exists } = await client.call('prompts.read', { path });
            if (exists) continue;
            await client.call('prompts.write', { path, text });
            return path;
          }
          return undefined;
        }),
    };
  });
}
