/** Brings what was dropped into the dataset: by its path in the desktop app, by sending it from a browser. */
import { must } from '../../trainer/base/errors.ts';
import { fieldAt } from '../form/settings.ts';
import type { App } from '../state/app.ts';
import { datasetText } from '../text/dataset.ts';
import type { Dropped } from './dropped-files.ts';

export const setFolderOf = ({ job }: App, path: string): void =>
  job.getState().set(must(fieldAt('train_data_dir'), 'the field of the image folder'), path);

/** Pictures go into this folder of the dataset, if there is one. */
const folderOf = ({ dataset }: App): string | undefined =>
  dataset.getState().scan?.subsets.find(({ isRegularisation }) => !isRegularisation)?.folder;

/** A folder becomes the dataset; pictures are copied into the one that is open. */
export async function takePaths(app: App, paths: readonly string[]): Promise<void> {
  const [first] = paths;
  if (first === undefined) return;
  const { client } = app.connection;
  const { kind } = await client.call('files.status', { path: first });
  if (kind === 'folder') return setFolderOf(app, first);
  const folder = folderOf(app);
  if (folder === undefined) return;
  await client.call('dataset.add', { folder, paths });
  app.dataset.getState().scanAgain();
}

/** A folder that was dropped is a dataset of its own, with the repeats and the words that stand in its name. */
export async function sendFiles(
  app: App,
  { files, folder: name }: Dropped,
  onSent: (done: number) => void,
): Promise<void> {
  if (app.upload === undefined || files.length === 0) return;
  const open = name === undefined ? folderOf(app) : undefined;
  const made = open === undefined;
  const folder =
    open ?? (await app.connection.client.call('dataset.create', { name: name ?? datasetText.newFolder })).folder;
  for (const [index, file] of files.entries()) {
    onSent(index);
    await app.upload(folder, file);
  }
  if (!made) return app.dataset.getState().scanAgain();
  // A plain folder of pictures needs a prompt for those that have no caption.
  const { table, set } = app.job.getState();
  const [, repeats, words] = /^(?:(\d+)_)?(.*)$/.exec(name ?? datasetText.newFolder) ?? [];
  if (table['instance_prompt'] === undefined) set(must(fieldAt('instance_prompt'), 'the instance prompt'), words);
  if (repeats !== undefined) set(must(fieldAt('num_repeats'), 'the repeats'), Number(repeats));
  setFolderOf(app, folder);
}
