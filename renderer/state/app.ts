/**
 * All that the window knows, joined: stores, the line to the service, and who watches whom.
 */
import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import type { StoreApi } from 'zustand/vanilla';
import { must } from '../../trainer/base/errors.ts';
import { createStore } from 'zustand/vanilla';
import type { CallOutput, JobSettings } from '../../trainer/api/rpc/index.ts';
import type { Connection } from '../service/connection.ts';
import { noticesOf, type Notices } from '../service/notices.ts';
import type { Shell } from '../service/shell.ts';
import { endNotice } from '../text/run.ts';
import type { Upload } from '../service/surroundings.ts';
import { createCheckStore, type CheckStore } from './check.ts';
import { createClassImagesStore, type ClassImagesStore } from './class-images.ts';
import { createDatasetStore, type DatasetStore } from './dataset.ts';
import { createDrawingStore, type DrawingStore } from './drawing.ts';
import { createEnginesStore, type EnginesStore } from './engines.ts';
import { createDocuments, type Documents } from './documents.ts';
import { createJobStore, type JobStore } from './job.ts';
import { createPresetsStore, type PresetsStore } from './presets.ts';
import { createPreparationStore, type PreparationStore } from './preparation.ts';
import { createPreferencesStore, type PreferencesStore } from './preferences.ts';
import { createPromptsStore, type PromptsStore } from './prompts.ts';
import { createRunStore, type RunStore } from './run.ts';
import { createViewStore, type ViewStore } from './view.ts';

export type AppInfo = CallOutput<'app.info'>;

export interface Surroundings {
  readonly connection: Connection;
  /** Only in the desktop app. */
  readonly shell?: Shell | undefined;
  /** Address of a picture on the service's computer, no larger than `size` pixels. */
  readonly pictureUrl: (path: string, size?: number) => string;
  /** Only in a browser, whose files have no paths: sends a picture or a caption into the dataset. */
  readonly upload?: Upload | undefined;
}

export interface App extends Surroundings {
  readonly info: StoreApi<{ readonly info?: AppInfo | undefined }>;
  readonly preferences: PreferencesStore;
  readonly job: JobStore;
  readonly documents: Documents;
  readonly presets: PresetsStore;
  readonly check: CheckStore;
  readonly dataset: DatasetStore;
  readonly prompts: PromptsStore;
  readonly drawing: DrawingStore;
  readonly preparation: PreparationStore;
  readonly classImages: ClassImagesStore;
  readonly run: RunStore;
  readonly engines: EnginesStore;
  readonly view: ViewStore;
  readonly notices: Notices;
}

export function createApp(surroundings: Surroundings): App {
  const { connection, shell } = surroundings;
  const { client } = connection;
  const preferences = createPreferencesStore(client);
  const job = createJobStore();
  const check = createCheckStore(client);
  const dataset = createDatasetStore(client);
  const prompts = createPromptsStore(client);
  const drawing = createDrawingStore(client);
  const run = createRunStore(client);
  const engines = createEnginesStore(client, run);
  const presets = createPresetsStore(client);
  const preparation = createPreparationStore(client, job);
  const classImages = createClassImagesStore(client);
  const notices = noticesOf(shell);
  const info = createStore<{ readonly info?: AppInfo | undefined }>(() => ({}));
  const documents = createDocuments({ client, shell, job, preferences, dataset, prompts, info });
  job.subscribe(({ table }, before) => {
    if (table === before.table) return;
    check.getState().look(table);
    dataset.getState().look(table);
    prompts.getState().look(promptsFileOf(table));
  });
  dataset.subscribe(({ seen }, { seen: before }) => {
    if (seen === undefined || seen.settings !== before?.settings) return;
    // The same settings and other files: what was checked counts those of before.
    if (seen.files !== before.files) check.getState().look(job.getState().table);
  });
  prompts.subscribe(({ open }, before) => {
    const was = before.open;
    const isSaved = open.kind === 'known' && was.kind === 'known' && open.path === was.path && open.saved !== was.saved;
    // What is in the file is a part of what is checked.
    if (isSaved) check.getState().look(job.getState().table);
  });
  // The service, too, knows more of the job then.
  engines.subscribe(() => check.getState().look(job.getState().table));
  run.subscribe(({ status }, before) => {
    const end = status?.end;
    if (status === undefined || end === undefined || before.status?.runId !== status.runId) return;
    if (before.status.end === undefined) notices.show(...endNotice(status, end));
  });
  connection.onOpen(() => {
    void documents.begin().then(() => {
      const { table } = job.getState();
      check.getState().look(table);
      dataset.getState().look(table);
      // Where the settings are those of before, the line was down: files may have changed, or a scan been lost.
      dataset.getState().refresh();
      prompts.getState().look(promptsFileOf(table));
    });
    // Captions that were typed while the line was down.
    dataset.getState().keepCaptions();
    void run.getState().find();
    void classImages
      .getState()
      .find()
      .catch(() => undefined);
    if (drawing.getState().settings !== undefined) void drawing.getState().find();
    void presets.getState().load();
    engines.getState().ask();
  });
  return {
    ...surroundings,
    info,
    preferences,
    job,
    documents,
    presets,
    preparation,
    classImages,
    check,
    dataset,
    prompts,
    drawing,
    run,
    engines,
    view: createViewStore(),
    notices,
  };
}

function promptsFileOf({ sample_prompts: path }: JobSettings): string | undefined {
  return typeof path === 'string' && path !== '' ? path : undefined;
}

export const AppContext = createContext<App | undefined>(undefined);

export const useApp = (): App => must(useContext(AppContext), 'the app');

/** What the job says, one fact of it: the component is drawn again when that fact changes. */
export const useJob = <T>(read: (state: ReturnType<JobStore['getState']>) => T): T => useStore(useApp().job, read);
