/** Brings what was dropped into the dataset: by its path in the desktop app, by sending it from a browser. */
import { isPictureName, parseFolderName } from '../../trainer/api/dataset-files.ts';
import { must } from '../../trainer/base/errors.ts';
import type { JobSetting } from '../../trainer/api/rpc/index.ts';
import { fieldAt } from '../form/settings.ts';
import type { App } from '../state/app.ts';
import { reportOf } from '../state/failures.ts';
import { lastPart } from '../text/amounts.ts';
import { datasetText } from '../text/dataset.ts';
import { takenText } from '../text/taken.ts';
import type { Dropped, LeftFile } from './dropped-files.ts';
import { isConcept, isRegularisationFolder, planOf } from './kohya-tree.ts';

export interface Taken {
  /** Files that were copied; a folder that is used where it lies has none. */
  readonly files: number;
  readonly left: readonly LeftFile[];
}

export const setFolderOf = ({ job }: App, path: string): void =>
  job.getState().set(must(fieldAt('train_data_dir'), 'the field of the image folder'), path);

/** Pictures go into this folder of the dataset, if there is one. */
const folderOf = ({ dataset }: App): string | undefined =>
  dataset.getState().scan?.subsets.find(({ isRegularisation }) => !isRegularisation)?.folder;

/** Folders of Kohya's tools say by their names what they are; settings of a plain folder would say otherwise. */
function useTree({ job }: App, training: string | undefined, regularisation: string | undefined): void {
  job.getState().apply({
    set: {
      ...(training === undefined ? {} : { train_data_dir: training }),
      ...(regularisation === undefined ? {} : { reg_data_dir: regularisation }),
    },
    unset: training === undefined ? [] : ['instance_prompt', 'num_repeats'],
  });
}

/** A plain folder needs a prompt for pictures that have no caption: the words and repeats of its name, where it has any. */
function usePlain({ job }: App, folder: string, name: string): void {
  const { table, apply } = job.getState();
  const named = isConcept(name) ? parseFolderName(name) : undefined;
  const set: Record<string, JobSetting> = { train_data_dir: folder };
  if (named !== undefined) set['num_repeats'] = named.repeats;
  const words = named?.classTokens ?? name;
  if (words !== '' && (named !== undefined || table['instance_prompt'] === undefined)) set['instance_prompt'] = words;
  apply({ set, unset: [] });
}

/** Sends files one after the other; one that cannot be taken keeps no other from it. */
export async function sendFiles(
  app: App,
  dropped: Dropped,
  onSent: (done: number, all: number) => void,
): Promise<Taken> {
  const { kind, name = datasetText.newFolder, files, left: unfit } = planOf(dropped);
  const left = [...unfit];
  if (app.upload === undefined || files.length === 0) return { files: 0, left };
  const open = kind === 'loose' ? folderOf(app) : undefined;
  const folder = open ?? (await app.connection.client.call('dataset.create', { name: name.slice(0, 100) })).folder;
  const filled = new Set<string>();
  for (const [index, { file, below }] of files.entries()) {
    onSent(index, files.length);
    try {
      await app.upload({ folder, below }, file);
      filled.add(below.split('/')[0] ?? '');
    } catch (error) {
      left.push({ name: below === '' ? file.name : `${below}/${file.name}`, why: reportOf(error).what });
    }
  }
  const at = (part: string): string | undefined => (filled.has(part) ? `${folder}/${part}` : undefined);
  if (open !== undefined) app.dataset.getState().scanAgain();
  else if (kind === 'tree') useTree(app, at(takenText.training), at(takenText.regularisation));
  else if (filled.size > 0) usePlain(app, folder, name);
  return { files: files.length - (left.length - unfit.length), left };
}

/** A folder becomes the dataset where it lies; pictures are copied into the dataset that is open, or into a new one. */
export async function takePaths(app: App, paths: readonly string[]): Promise<Taken> {
  const { client } = app.connection;
  const folders: string[] = [];
  const files: string[] = [];
  for (const path of paths) {
    const { kind } = await client.call('files.status', { path });
    (kind === 'folder' ? folders : files).push(path);
  }
  if (folders.length > 0) {
    const left = files.map((path) => ({ name: lastPart(path), why: takenText.besideFolder }));
    return { files: 0, left: [...(await takeFolders(app, folders)), ...left] };
  }
  if (files.length === 0) return { files: 0, left: [] };
  const open = folderOf(app);
  const folder = open ?? (await client.call('dataset.create', { name: datasetText.newFolder })).folder;
  const { added } = await client.call('dataset.add', { folder, paths: files });
  if (open !== undefined) app.dataset.getState().scanAgain();
  else if (added.length > 0) usePlain(app, folder, datasetText.newFolder);
  const there = new Set(added.map(lastPart));
  const left = files.map(lastPart).filter((name) => !there.has(name));
  return { files: added.length, left: left.map((name) => ({ name, why: takenText.notAdded })) };
}

/** One folder for training and one for regularisation can be; what is left over is said. */
async function takeFolders(app: App, dropped: readonly string[]): Promise<readonly LeftFile[]> {
  const found = (await Promise.all(dropped.map((folder) => lookInto(app, folder)))).flat();
  const trees = found.filter(({ kind }) => kind === 'tree');
  const regularisation = trees.find(({ path }) => isRegularisationFolder(lastPart(path)));
  const training =
    trees.find((tree) => tree !== regularisation && !isRegularisationFolder(lastPart(tree.path))) ??
    found.find(({ kind }) => kind === 'plain') ??
    (regularisation === undefined ? found[0] : undefined);
  if (training?.kind === 'plain') usePlain(app, training.path, lastPart(training.path));
  if (training?.kind !== 'plain' || regularisation !== undefined) {
    useTree(app, training?.kind === 'plain' ? undefined : training?.path, regularisation?.path);
  }
  const taken = lastPart(training?.path ?? regularisation?.path ?? '');
  return found
    .filter((folder) => folder !== training && folder !== regularisation)
    .map(({ path }) => ({ name: lastPart(path), why: takenText.oneFolder(taken) }));
}

interface FoundFolder {
  readonly path: string;
  readonly kind: 'tree' | 'plain' | 'neither';
}

/** The folder as it is, or the folders "img" and "reg" inside it. */
async function lookInto(app: App, folder: string): Promise<readonly FoundFolder[]> {
  const own = await kindOf(app, folder);
  if (own.kind !== 'neither') return [own];
  const inside = await Promise.all(own.folders.slice(0, MOST_INSIDE).map((path) => kindOf(app, path)));
  const trees = inside.filter(({ kind }) => kind === 'tree');
  return trees.length === 0 ? [own] : trees;
}

/** Kohya's tools make "img", "reg", "log" and "model"; a folder of far more is something else. */
const MOST_INSIDE = 20;

async function kindOf(app: App, path: string): Promise<FoundFolder & { readonly folders: readonly string[] }> {
  const { entries } = await app.connection.client.call('files.list', { path });
  const folders = entries.filter(({ kind }) => kind === 'folder');
  const hasPictures = entries.some(({ kind, name }) => kind === 'file' && isPictureName(name));
  const kind = folders.some(({ name }) => isConcept(name)) ? 'tree' : hasPictures ? 'plain' : 'neither';
  return { path, kind, folders: folders.map((one) => one.path) };
}
