/**
 * Opening, saving and importing jobs; the draft that survives a crash; the question before changes are lost.
 */
import { createStore, type StoreApi } from 'zustand/vanilla';
import { UserError, type ErrorReport } from '../../trainer/base/errors.ts';
import { excerpt } from '../../trainer/base/excerpt.ts';
import {
  LONGEST_TEXT,
  type CallInput,
  type CallOutput,
  type Client,
  type JobSettings,
} from '../../trainer/api/rpc/index.ts';
import type { Changes, Shell } from '../service/shell.ts';
import { frameText } from '../text/frame.ts';
import { importText } from '../text/import.ts';
import { hasUnwritten } from './caption-drafts.ts';
import type { DatasetStore } from './dataset.ts';
import { documentName, isUnsaved, type JobDocument, type JobStore } from './job.ts';
import { withRecent, type PreferencesStore } from './preferences.ts';
import { hasUnsavedPrompts, type PromptsStore } from './prompts.ts';
import { reportOf, takenBy } from './failures.ts';

export type ImportReport = CallOutput<'job.import'>['report'];

/** What the user is asked right now, at most one thing. */
export type Question =
  | { readonly kind: 'none' }
  | { readonly kind: 'unsaved'; readonly then: () => void }
  | { readonly kind: 'open' }
  | { readonly kind: 'import' }
  | { readonly kind: 'export' }
  | { readonly kind: 'save'; readonly then?: (() => void) | undefined }
  | { readonly kind: 'taken'; readonly path: string; readonly free: string; readonly then?: (() => void) | undefined }
  | { readonly kind: 'imported'; readonly report: ImportReport };

export interface DocumentsState {
  readonly question: Question;
  readonly failure?: ErrorReport | undefined;
  /** The sample job is open as it came: nobody has touched it yet. */
  readonly isFirstStart: boolean;
}

export interface Documents {
  readonly state: StoreApi<DocumentsState>;
  /** After the line came up: settings, the draft of last time, or the job of the first start. */
  begin(): Promise<void>;
  newJob(): void;
  /** A new job with these settings, as of a run; asks first where changes would be lost. */
  take(table: JobSettings, then: () => void): void;
  open(): void;
  /** One that was open before. */
  openRecent(path: string): void;
  /** Whoever calls has asked about changes. */
  openAt(path: string): Promise<void>;
  /** A file of this computer, where the service may be on another: sent instead of opened by its path. */
  openFile(file: File): Promise<void>;
  /** A job of Kohya's tools, with a report of what became of each setting. */
  importJob(): void;
  importAt(path: string): Promise<void>;
  importFile(file: File): Promise<void>;
  exportJob(): void;
  save(): Promise<void>;
  saveAs(): Promise<void>;
  /** Asks first where that would take the place of a file other than `replaces`, by default the job's own. */
  saveAt(path: string, replaces?: string): Promise<void>;
  answer(choice: 'save' | 'drop' | 'cancel'): Promise<void>;
  dismiss(): void;
  leaveFirstStart(): void;
}

interface Parts {
  readonly client: Client;
  readonly shell: Shell | undefined;
  readonly job: JobStore;
  readonly preferences: PreferencesStore;
  readonly dataset: DatasetStore;
  readonly prompts: PromptsStore;
  readonly info: StoreApi<{ readonly info?: CallOutput<'app.info'> | undefined }>;
  /** Milliseconds between the last change and the draft's being kept. */
  readonly draftPause?: number;
}

const JOB_FILTERS = [{ name: frameText.jobFiles, extensions: ['toml', 'json'] }];
const IMPORT_FILTERS = [{ name: importText.files, extensions: ['json', 'toml'] }];
const SAVE_FILTERS = [{ name: frameText.jobFile, extensions: ['toml'] }];

export function createDocuments(parts: Parts): Documents {
  const { client, shell, job, preferences, info } = parts;
  const state = createStore<DocumentsState>(() => ({ question: { kind: 'none' }, isFirstStart: false }));
  const ask = (question: Question): void => state.setState({ question });
  const attempt = async (action: () => Promise<void>): Promise<void> => {
    try {
      state.setState({ failure: undefined });
      await action();
    } catch (error) {
      state.setState({ failure: reportOf(error) });
    }
  };
  const guarded = (then: () => void): void => {
    if (isUnsaved(job.getState())) ask({ kind: 'unsaved', then });
    else then();
  };
  const remember = (path: string): void => {
    const { recentJobs } = preferences.getState().settings;
    preferences.getState().change({ recentJobs: withRecent(recentJobs, path) });
  };

  const takeOver = (read: () => CallInput<'job.import'> | Promise<CallInput<'job.import'>>): Promise<void> =>
    attempt(async () => {
      const { table, report, prompts } = await client.call('job.import', await read());
      const kept = prompts === undefined ? undefined : await keepPrompts(client, table, prompts);
      job.getState().load({ table: { ...table, ...kept?.table }, saved: {} });
      const changed = kept === undefined ? report.changed : [...report.changed, kept.change];
      ask({ kind: 'imported', report: { ...report, changed } });
    });

  const documents: Documents = {
    state,
    begin: () =>
      attempt(async () => {
        if (info.getState().info !== undefined) return;
        const [settings, facts] = await Promise.all([preferences.getState().load(), client.call('app.info', {})]);
        info.setState({ info: facts });
        const { draft } = settings;
        if (draft !== null) {
          const saved = draft.unsaved ? await savedTable(client, draft.path) : draft.table;
          const path = draft.path === undefined ? {} : { path: draft.path };
          job.getState().load({ ...path, table: draft.table, saved });
        } else if (facts.bundled.sampleJob !== undefined) {
          job.getState().load({ table: facts.bundled.sampleJob });
          state.setState({ isFirstStart: true });
        } else {
          job.getState().load({ table: (await client.call('job.new', {})).table });
        }
        keepDraft(parts, state);
      }),
    newJob: () =>
      guarded(() => void attempt(async () => job.getState().load({ table: (await client.call('job.new', {})).table }))),
    take: (table, then) =>
      guarded(() => {
        job.getState().load({ table, saved: {} });
        then();
      }),
    open: () =>
      guarded(() => {
        if (shell === undefined) return ask({ kind: 'open' });
        void shell.pickFile({ title: frameText.openTitle, filters: JOB_FILTERS }).then((path) => {
          if (path !== undefined) void documents.openAt(path);
        });
      }),
    openRecent: (path) => guarded(() => void documents.openAt(path)),
    importJob: () =>
      guarded(() => {
        if (shell === undefined) return ask({ kind: 'import' });
        void shell.pickFile({ title: importText.askTitle, filters: IMPORT_FILTERS }).then((path) => {
          if (path !== undefined) void documents.importAt(path);
        });
      }),
    importAt: (path) => takeOver(() => ({ path })),
    importFile: (file) => takeOver(async () => ({ text: await textOf(file) })),
    exportJob: () => ask({ kind: 'export' }),
    openAt: (path) =>
      attempt(async () => {
        ask({ kind: 'none' });
        if (path.toLowerCase().endsWith('.json')) return documents.importAt(path);
        const opened = await client.call('job.open', { path });
        job.getState().load(opened);
        if (opened.path !== undefined) remember(opened.path);
      }),
    openFile: (file) =>
      attempt(async () => {
        if (file.name.toLowerCase().endsWith('.json')) return documents.importFile(file);
        const { table } = await client.call('job.open', { text: await textOf(file) });
        job.getState().load({ table, saved: {} });
        ask({ kind: 'none' });
      }),
    save: () => {
      const { path } = job.getState();
      return path === undefined ? documents.saveAs() : documents.saveAt(path);
    },
    saveAs: async () => {
      if (shell === undefined) return ask({ kind: 'save', then: pendingOf(state) });
      const name = `${documentName(job.getState()) || frameText.fileName}.toml`;
      const path = await shell.saveFile({ title: frameText.saveTitle, name, filters: SAVE_FILTERS });
      // The dialog has asked whether a file of that name is replaced.
      if (path !== undefined) await documents.saveAt(path, path);
    },
    saveAt: (path, replaces = job.getState().path) =>
      attempt(async () => {
        const { table } = job.getState();
        const then = pendingOf(state);
        const known = replaces === undefined ? {} : { replaces };
        const saved = await client.call('job.save', { path, table, ...known }).catch((error: unknown) => {
          const taken = takenBy(reportOf(error));
          if (taken === undefined) throw error;
          return void ask({ kind: 'taken', ...taken, then });
        });
        if (saved === undefined) return;
        job.getState().markSaved(saved.path, table);
        remember(saved.path);
        ask({ kind: 'none' });
        then?.();
      }),
    answer: async (choice) => {
      const then = pendingOf(state);
      if (choice === 'save') return documents.save();
      ask({ kind: 'none' });
      if (choice === 'drop') then?.();
    },
    dismiss: () => state.setState({ question: { kind: 'none' }, failure: undefined }),
    leaveFirstStart: () => state.setState({ isFirstStart: false }),
  };
  return documents;
}

/** Prompts that stand in the job's file itself get one of their own, which the job names. */
async function keepPrompts(client: Client, { output_name: given }: JobSettings, prompts: string) {
  const name = typeof given === 'string' && given !== '' ? given : importText.promptsName;
  const { path } = await client.call('prompts.keep', { name, text: prompts });
  const key = 'sample_prompts';
  const change = { from: key, value: excerpt(prompts), key, now: path, why: importText.promptsKept };
  return { table: { [key]: path }, change };
}

/** @throws {UserError} upload/too-large, before anything is read */
async function textOf(file: File): Promise<string> {
  if (file.size <= LONGEST_TEXT) return file.text();
  const { tooLarge: what, tooLargeFix: fix } = importText;
  throw new UserError({ code: 'upload/too-large', what: what(file.name, file.size), fix });
}

/** What the user wanted when the question came up. */
function pendingOf(state: StoreApi<DocumentsState>): (() => void) | undefined {
  const { question } = state.getState();
  return 'then' in question ? question.then : undefined;
}

/** The file may be gone or broken since: then nothing of the draft counts as saved. */
async function savedTable(client: Client, path: string | undefined): Promise<JobSettings> {
  if (path === undefined) return {};
  return client.call('job.open', { path }).then(
    ({ table }) => table,
    () => ({}),
  );
}

/** Every change is kept a moment later, beside the file and not in it: a crash loses nothing, a mistake is not saved. */
function keepDraft(parts: Parts, state: StoreApi<DocumentsState>): void {
  const { job, preferences, dataset, prompts, shell, draftPause = 800 } = parts;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let draft: 'kept' | 'loose' = 'kept';
  /** The worst of what closing the window would do. */
  const changes = (): Changes => {
    const isChanged = isUnsaved(job.getState());
    if (isChanged && draft === 'loose') return 'loose';
    if (hasUnwritten(dataset.getState().drafts)) return 'captions';
    if (hasUnsavedPrompts(prompts.getState())) return 'prompts';
    return isChanged ? 'kept' : 'none';
  };
  let told: Changes | undefined;
  const tell = (): void => {
    told = changes();
    // A title that cannot be shown is no reason for a message.
    void shell?.setDocument(documentName(job.getState()), told).catch(() => undefined);
  };
  const keep = async (now: JobDocument): Promise<void> => {
    const path = now.path === undefined ? {} : { path: now.path };
    await preferences.getState().keep({ draft: { ...path, table: now.table, unsaved: isUnsaved(now) } });
    if (job.getState().table !== now.table) return;
    draft = 'kept';
    tell();
  };
  const tellOther = (): void => {
    if (changes() !== told) tell();
  };
  tell();
  dataset.subscribe(tellOther);
  prompts.subscribe(tellOther);
  job.subscribe((now, before) => {
    if (now.table === before.table && now.saved === before.saved && now.path === before.path) return;
    if (now.table !== before.table) state.setState({ isFirstStart: false });
    draft = 'loose';
    tell();
    clearTimeout(timer);
    // What could not be kept stays loose, and the shell says so.
    timer = setTimeout(() => void keep(now).catch(() => undefined), draftPause);
  });
}
