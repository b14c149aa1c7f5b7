/** What was dropped on a browser's page, folders opened: pictures and their captions, no more. */

const TAKEN = /\.(png|jpe?g|webp|bmp|avif|txt|caption)$/i;
const DEEPEST = 3;

export interface Dropped {
  readonly files: readonly File[];
  /** Of the first folder, if there was one. */
  readonly folder?: string;
}

/** Must be called while the drop is handled: a browser forgets its entries after that. */
export function droppedFiles({ items }: Pick<DataTransfer, 'items'>): Promise<Dropped> {
  const entries = [...items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  const folder = entries.find(({ isDirectory }) => isDirectory)?.name;
  return Promise.all(entries.map((entry) => filesOf(entry, DEEPEST))).then((found) => ({
    files: found.flat().filter(({ name }) => TAKEN.test(name)),
    ...(folder === undefined ? {} : { folder }),
  }));
}

async function filesOf(entry: FileSystemEntry, depth: number): Promise<readonly File[]> {
  if (entry.isFile) {
    return [await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject))];
  }
  if (depth === 0) return [];
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const inside: FileSystemEntry[] = [];
  // A reader gives a hundred entries at a time, and none when it is at its end.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) break;
    inside.push(...some);
  }
  return (await Promise.all(inside.map((one) => filesOf(one, depth - 1)))).flat();
}
