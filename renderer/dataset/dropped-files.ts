/** What was dropped on a browser's page, folders opened, each file with the folders that it lay in. */
import { reportOf } from '../state/failures.ts';
import { takenText } from '../text/taken.ts';

/** Kohya's folders lie three deep at most, as in "cats/img/10_sks cat". */
const DEEPEST = 3;
const MOST_FILES = 20_000;

export interface DroppedFile {
  readonly file: File;
  /** Names, from what was dropped to what the file lies in; none for a file that was dropped itself. */
  readonly folders: readonly string[];
}

/** A file that was not taken, and why. */
export interface LeftFile {
  readonly name: string;
  readonly why: string;
}

export interface Dropped {
  readonly files: readonly DroppedFile[];
  readonly left: readonly LeftFile[];
}

/** Must be called while the drop is handled: a browser forgets its entries after that. */
export async function droppedFiles({ items }: Pick<DataTransfer, 'items'>): Promise<Dropped> {
  const entries = [...items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  const files: DroppedFile[] = [];
  const left: LeftFile[] = [];
  const open = async (entry: FileSystemEntry, folders: readonly string[]): Promise<void> => {
    const name = [...folders, entry.name].join('/');
    if (files.length >= MOST_FILES) {
      // One sentence for all that come after.
      if (left.at(-1)?.why !== takenText.tooMany(MOST_FILES)) left.push({ name, why: takenText.tooMany(MOST_FILES) });
      return;
    }
    try {
      if (entry.isFile) files.push({ file: await fileOf(entry as FileSystemFileEntry), folders });
      else if (folders.length === DEEPEST) left.push({ name, why: takenText.tooDeep });
      else {
        const inside = await entriesOf(entry as FileSystemDirectoryEntry);
        for (const one of inside) await open(one, [...folders, entry.name]);
      }
    } catch (error) {
      left.push({ name, why: error instanceof DOMException ? takenText.unreadable : reportOf(error).what });
    }
  };
  for (const entry of entries) await open(entry, []);
  return { files, left };
}

const fileOf = (entry: FileSystemFileEntry): Promise<File> =>
  new Promise((resolve, reject) => entry.file(resolve, reject));

async function entriesOf(entry: FileSystemDirectoryEntry): Promise<readonly FileSystemEntry[]> {
  const reader = entry.createReader();
  const inside: FileSystemEntry[] = [];
  // A reader gives a hundred entries at a time, and none when it is at its end.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return inside;
    inside.push(...some);
  }
}
