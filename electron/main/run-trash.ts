/**
 * Moves the folder of a run into the system's trash. Which folders are runs is the service's knowledge: nothing else is
 * moved, whatever a page asks for.
 */
import { UserError } from '../../trainer/base/errors.ts';
import { Refusal } from './shell-answers.ts';
import { TEXT } from './text.ts';

export interface TrashPorts {
  /** The folder itself, where it is a run's. */
  readonly trashable: (folder: string) => Promise<string>;
  readonly trashItem: (path: string) => Promise<void>;
}

/** @throws {Refusal} */
export async function trashRun({ trashable, trashItem }: TrashPorts, path: string): Promise<void> {
  const folder = await trashable(path).catch((error: unknown) => {
    if (!(error instanceof UserError)) throw error;
    const { what, fix } = error.report;
    throw new Refusal(`${path}: ${what}. ${fix}`);
  });
  await trashItem(folder).catch((error: unknown) => {
    throw new Refusal(TEXT.noTrash(folder, error instanceof Error ? error.message : String(error)));
  });
}
