/**
 * Runs that go: into ".trash" beside them, from where they come back or go for good, or into the system's trash, which
 * the desktop app has and this service does not.
 */
import { rename } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Handlers } from '../api/rpc/index.ts';
import { UserError } from '../base/errors.ts';
import type { ServiceMachine } from './machine.ts';
import type { RunFolders } from './run-folders.ts';

const TRASH = '.trash';
/** Name of the run, and when it went. */
const TRASHED = /^(.+) (\d+)$/;

type TrashCalls = 'runs.trash' | 'runs.trashable' | 'runs.trashed' | 'runs.restore' | 'runs.emptyTrash';

interface TrashedRun {
  readonly name: string;
  readonly trashed: string;
  readonly trashedAt: number;
}

export interface KnownRuns {
  readonly folders: RunFolders;
  /** The folders where runs were started, and those that were added. */
  readonly parents: () => Promise<ReadonlySet<string>>;
  readonly isOn: (folder: string) => boolean;
}

export function trashHandlers(
  { files, clock }: Pick<ServiceMachine, 'files' | 'clock'>,
  { folders, parents, isOn }: KnownRuns,
): Pick<Handlers, TrashCalls> {
  /** @throws {UserError} run/on, run/no-folder, run/unknown */
  const requireTrashable = async (given: string): Promise<string> => {
    const folder = resolve(given);
    if (isOn(folder)) throw stillOn(folder);
    await folders.history(folder, 0);
    if (!(await parents()).has(dirname(folder))) throw unknownRun(folder);
    return folder;
  };
  const trashedRuns = async (): Promise<readonly TrashedRun[]> => {
    const found: TrashedRun[] = [];
    for (const parent of await parents()) {
      const trash = join(parent, TRASH);
      if ((await files.status(trash))?.kind !== 'folder') continue;
      for (const { kind, name: entry } of await files.list(trash)) {
        const [, name, at] = TRASHED.exec(entry) ?? [];
        // Whatever else somebody put there is theirs.
        if (kind !== 'folder' || name === undefined) continue;
        if ((await files.status(join(trash, entry, 'job.toml')))?.kind !== 'file') continue;
        found.push({ name, trashed: join(trash, entry), trashedAt: Number(at) });
      }
    }
    return found.sort((one, other) => other.trashedAt - one.trashedAt);
  };
  return {
    'runs.trash': async ({ folder: given }) => {
      const folder = await requireTrashable(given);
      const trash = join(dirname(folder), TRASH);
      await files.makeFolder(trash);
      const trashed = join(trash, `${basename(folder)} ${clock.now()}`);
      await rename(folder, trashed);
      return { trashed };
    },
    'runs.trashable': async ({ folder }) => ({ folder: await requireTrashable(folder) }),
    'runs.trashed': async () => ({ runs: await trashedRuns() }),
    'runs.restore': async ({ trashed: given }) => {
      const trashed = resolve(given);
      const trash = dirname(trashed);
      const isKnown = basename(trash) === TRASH && (await parents()).has(dirname(trash));
      if (!isKnown || (await files.status(trashed)) === undefined) throw notInTrash(trashed);
      const folder = join(dirname(trash), basename(trashed).replace(TRASHED, '$1'));
      if ((await files.status(folder)) !== undefined) throw taken(folder);
      await rename(trashed, folder);
      return { folder };
    },
    'runs.emptyTrash': async () => {
      const doomed = await trashedRuns();
      for (const { trashed } of doomed) await files.removeFolder(trashed);
      return { removed: doomed.length };
    },
  };
}

const stillOn = (where: string): UserError =>
  new UserError({ code: 'run/on', what: 'The run is on', where, fix: 'Stop it first.' });

const unknownRun = (where: string): UserError =>
  new UserError({
    code: 'run/unknown',
    what: 'No run was started in the folder around this one, so it is not moved',
    where,
    fix: 'Delete it in the file manager, where you see what else is in it.',
  });

const notInTrash = (where: string): UserError =>
  new UserError({
    code: 'run/not-in-trash',
    what: 'There is no such run in the trash',
    where,
    fix: 'Look into the folder ".trash" beside the runs.',
  });

const taken = (where: string): UserError =>
  new UserError({
    code: 'run/exists',
    what: 'A run of this name is there already',
    where,
    fix: 'Move that one to the trash first.',
  });
