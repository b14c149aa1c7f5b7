/**
 * Does what a page asks of the desktop: dialogs, folders, links, notes. The input was checked before it comes here.
 */
import { dialog, Notification, shell, type BrowserWindow, type OpenDialogOptions } from 'electron';
import { stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { ShellHandlers, ShellInput } from '../contract/shell-calls.ts';
import { closingChoiceHandlers, type KeptMemory } from './closing-choice.ts';
import { isAllowedLink } from './links.ts';
import { trashRun } from './run-trash.ts';
import { Refusal } from './shell-answers.ts';
import { TEXT } from './text.ts';

export interface DesktopListeners {
  document(document: ShellInput<'setDocument'>): void;
  /** The folder itself, where it is a run's. */
  trashable(folder: string): Promise<string>;
  restartService(): void;
  readonly memory: KeptMemory;
  /** Somebody clicked a note. */
  show(): void;
}

export const desktopOf = (window: BrowserWindow, listeners: DesktopListeners): ShellHandlers => ({
  pickFile: (input) => pick(window, 'openFile', input),
  pickFolder: (input) => pick(window, 'openDirectory', input),
  saveFile: async ({ title, folder, name, filters }) => {
    const start = folder === undefined ? name : join(folder, name ?? '');
    const options = { ...given({ title, defaultPath: start }), ...fileFilters(filters) };
    const { filePath } = await dialog.showSaveDialog(window, options);
    return filePath ? { path: filePath } : {};
  },
  openFolder: async ({ path }) => {
    await openFolder(path);
    return {};
  },
  trashRun: async ({ path }) => {
    const { trashable } = listeners;
    await trashRun({ trashable, trashItem: (folder) => shell.trashItem(folder) }, path);
    return {};
  },
  openExternal: async ({ url }) => {
    if (!isAllowedLink(url)) throw new Refusal(TEXT.linkRefused(url));
    await shell.openExternal(url);
    return {};
  },
  notify: (note) => {
    notify(note, () => listeners.show());
    return {};
  },
  setDocument: (document) => {
    listeners.document(document);
    return {};
  },
  ...closingChoiceHandlers(listeners.memory),
  restartService: () => {
    listeners.restartService();
    return {};
  },
});

async function pick(
  window: BrowserWindow,
  kind: 'openFile' | 'openDirectory',
  { title, folder, filters }: ShellInput<'pickFile'>,
): Promise<{ path?: string }> {
  const properties: OpenDialogOptions['properties'] = kind === 'openFile' ? [kind] : [kind, 'createDirectory'];
  const options = { ...given({ title, defaultPath: folder }), ...fileFilters(filters), properties };
  const { filePaths } = await dialog.showOpenDialog(window, options);
  return filePaths[0] === undefined ? {} : { path: filePaths[0] };
}

const fileFilters = (filters: ShellInput<'pickFile'>['filters']): Pick<OpenDialogOptions, 'filters'> =>
  filters === undefined ? {} : { filters };

/** Without the members that were not given. */
function given(members: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const kept = Object.entries(members).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(kept);
}

/** Opening a file would start whatever belongs to it, and on a Mac a folder named *.app is a program. */
async function openFolder(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw new Refusal(TEXT.noSuchFolder(path));
  if (!found.isDirectory() || extname(path) !== '') return shell.showItemInFolder(path);
  const failure = await shell.openPath(path);
  if (failure !== '') throw new Refusal(failure);
}

export function notify(note: { readonly title: string; readonly body: string }, onClick: () => void): void {
  if (!Notification.isSupported()) return;
  const notification = new Notification({ title: note.title, body: note.body });
  notification.on('click', onClick);
  notification.show();
}
