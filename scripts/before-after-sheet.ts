/**
 * One picture of a run's sample pictures: a column a prompt, before training above, after it below.
 */
import { must } from '../trainer/base/errors.ts';
import type { Files, Picture } from '../trainer/base/ports.ts';
import { createPictures } from '../trainer/platform/pictures.ts';

export interface SheetOptions {
  readonly files: Files;
  /** The folder of the sample pictures: `000000_00_42.png` and so on. */
  readonly samples: string;
  /** The last step's pictures are the lower row. */
  readonly steps: number;
  readonly prompts: number;
  readonly out: string;
}

const GAP = 8;
const WHITE = 255;

export async function writeSheet({ files, samples, steps, prompts, out }: SheetOptions): Promise<void> {
  const pictures = createPictures();
  const names = (await files.list(samples)).map(({ name }) => name);
  const rows: Picture[][] = [];
  for (const step of [0, steps]) {
    const row: Picture[] = [];
    for (let prompt = 0; prompt < prompts; prompt++) {
      const start = `${String(step).padStart(6, '0')}_${String(prompt).padStart(2, '0')}_`;
      const path = files.join(
        samples,
        must(
          names.find((name) => name.startsWith(start)),
          `the picture ${start}*.png`,
        ),
      );
      const size = await pictures.inspect(path);
      row.push(await pictures.load(path, size, { left: 0, top: 0, ...size }));
    }
    rows.push(row);
  }
  const text = { Description: 'Sample pictures of a LoRA training: above before it, below after it' };
  await files.write(out, await pictures.encodePng(sheetOf(rows), text));
}

/** Pictures of one size in rows, with white between them. */
export function sheetOf(rows: readonly (readonly Picture[])[]): Picture {
  const first = must(rows[0]?.[0], 'a picture');
  const columns = must(rows[0], 'a row').length;
  const [cellWidth, cellHeight] = [first.width + GAP, first.height + GAP];
  const [width, height] = [columns * cellWidth + GAP, rows.length * cellHeight + GAP];
  const data = new Uint8Array(3 * width * height).fill(WHITE);
  for (const [row, pictures] of rows.entries()) {
    for (const [column, picture] of pictures.entries()) {
      for (let y = 0; y < picture.height; y++) {
        const line = picture.data.subarray(3 * y * picture.width, 3 * (y + 1) * picture.width);
        data.set(line, 3 * ((row * cellHeight + GAP + y) * width + column * cellWidth + GAP));
      }
    }
  }
  return { width, height, data };
}
