/**
 * The demo's pictures as one: rows with a line above each, and words below the columns.
 */
import type { Picture } from '../../trainer/base/ports.ts';
import { drawText, LINE_HEIGHT, wrapText, type Canvas } from '../../trainer/train/evaluation/lettering.ts';

export interface SheetRow {
  readonly title: string;
  readonly pictures: readonly Picture[];
}

export interface Sheet {
  /** Pictures of one size, in columns of the same number in each row or fewer. */
  readonly rows: readonly SheetRow[];
  /** Below each column. */
  readonly words: readonly string[];
  readonly side: number;
  /** A wider gap stands before this column. */
  readonly secondGroup: number;
}

const MARGIN = 8;
const GAP = 4;
const GROUP_GAP = 20;
const ROW_GAP = 8;
const WORD_LINES = 3;
const WHITE = 255;

export function sheetOf({ rows, words, side, secondGroup }: Sheet): Picture {
  const columns = Math.max(words.length, ...rows.map(({ pictures }) => pictures.length));
  const leftOf = (column: number): number =>
    MARGIN + column * (side + GAP) + (column >= secondGroup ? GROUP_GAP - GAP : 0);
  const rowHeight = LINE_HEIGHT + side + ROW_GAP;
  const width = leftOf(columns - 1) + side + MARGIN;
  const height = MARGIN + rows.length * rowHeight + WORD_LINES * LINE_HEIGHT + MARGIN;
  const canvas: Canvas = { width, height, data: new Uint8Array(3 * width * height).fill(WHITE) };
  for (const [index, { title, pictures }] of rows.entries()) {
    const top = MARGIN + index * rowHeight;
    drawText(canvas, title, MARGIN, top);
    for (const [column, picture] of pictures.entries()) paint(canvas, picture, leftOf(column), top + LINE_HEIGHT);
  }
  for (const [column, text] of words.entries()) {
    for (const [line, part] of wrapText(text, side, WORD_LINES).entries()) {
      drawText(canvas, part, leftOf(column), MARGIN + rows.length * rowHeight + line * LINE_HEIGHT);
    }
  }
  return canvas;
}

function paint(canvas: Canvas, { width, height, data }: Picture, left: number, top: number): void {
  for (let y = 0; y < height; y++) {
    canvas.data.set(data.subarray(3 * y * width, 3 * (y + 1) * width), 3 * ((top + y) * canvas.width + left));
  }
}
