/**
 * Writes contact sheets page by page, as soon as a page is full: who stops an evaluation keeps what was drawn.
 */
import type { Files, Pictures } from '../../base/ports.ts';
import { contactSheet, PAGE, type SheetEntry } from './contact-sheet.ts';

export interface SheetPlace {
  readonly files: Files;
  readonly pictures: Pick<Pictures, 'encodePng'>;
  /** The sheets are `<folder>/<name>-01.png` and so on. */
  readonly folder: string;
  readonly name: string;
  /** Entries that will come: numbers get as many digits as the last page needs. */
  readonly entries: number;
}

export interface SheetFiles {
  /** Returns the path of the page that the entry will be on. */
  add(entry: SheetEntry): Promise<string>;
  /** Writes the page that is not full, and gives the paths of all. */
  finish(): Promise<readonly string[]>;
}

export function sheetFiles({ files, pictures, folder, name, entries }: SheetPlace): SheetFiles {
  const digits = Math.max(2, String(Math.ceil(entries / PAGE)).length);
  const written: string[] = [];
  let page: SheetEntry[] = [];
  const pathOf = (index: number): string =>
    files.join(folder, `${name}-${String(index + 1).padStart(digits, '0')}.png`);
  const flush = async (): Promise<void> => {
    const path = pathOf(written.length);
    const text = { Description: 'Contact sheet of lora-loom evaluate' };
    await files.write(path, await pictures.encodePng(contactSheet(page), text));
    written.push(path);
    page = [];
  };
  return {
    add: async (entry) => {
      const path = pathOf(written.length);
      page.push(entry);
      if (page.length === PAGE) await flush();
      return path;
    },
    finish: async () => {
      if (page.length > 0) await flush();
      return written;
    },
  };
}
