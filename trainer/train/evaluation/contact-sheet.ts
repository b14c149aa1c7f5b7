/**
 * Contact sheets: the pictures of one prompt side by side, the prompt below them, many prompts on a page.
 */
import type { Picture } from '../../base/ports.ts';
import { resizePicture } from '../../data/resample.ts';
import { drawText, LINE_HEIGHT, wrapText, type Canvas } from './lettering.ts';

export interface SheetEntry {
  /** All of one number on a sheet, of any size. */
  readonly pictures: readonly Picture[];
  readonly caption: string;
  /** Below the caption: seeds, say. */
  readonly remark: string;
}

/** Prompts on one page. */
export const PAGE = 30;

/** Largest side of a shown picture, in pixels. */
export const SHOWN_SIDE = 128;

const WHITE = 255;
const GAP = 3;
const MARGIN = 8;
const CAPTION_LINES = 2;
/** Pixels that a page is wide at most, if one entry is not wider already. */
const PAGE_WIDTH = 2000;

/** A picture as the sheet shows it: small enough, its sides in proportion. */
export function shownSize(picture: Picture): Picture {
  const scale = Math.min(1, SHOWN_SIDE / Math.max(picture.width, picture.height));
  const [width, height] = [picture.width, picture.height].map((side) => Math.max(1, Math.round(side * scale)));
  return resizePicture(picture, { width: width as number, height: height as number });
}

/** @param entries at least one */
export function contactSheet(entries: readonly SheetEntry[]): Picture {
  const shown = entries.map((entry) => ({ ...entry, pictures: entry.pictures.map(shownSize) }));
  const all = shown.flatMap(({ pictures }) => pictures);
  const side = {
    width: Math.max(1, ...all.map(({ width }) => width)),
    height: Math.max(1, ...all.map(({ height }) => height)),
  };
  const most = Math.max(...shown.map(({ pictures }) => pictures.length));
  const cell = {
    width: most * (side.width + GAP) - GAP,
    height: side.height + GAP + (CAPTION_LINES + 1) * LINE_HEIGHT,
  };
  const columns = Math.max(1, Math.min(shown.length, Math.floor((PAGE_WIDTH - MARGIN) / (cell.width + MARGIN))));
  const rows = Math.ceil(shown.length / columns);
  const [width, height] = [MARGIN + columns * (cell.width + MARGIN), MARGIN + rows * (cell.height + MARGIN)];
  const canvas: Canvas = { width, height, data: new Uint8Array(3 * width * height).fill(WHITE) };
  for (const [index, { pictures, caption, remark }] of shown.entries()) {
    const left = MARGIN + (index % columns) * (cell.width + MARGIN);
    const top = MARGIN + Math.floor(index / columns) * (cell.height + MARGIN);
    for (const [place, picture] of pictures.entries()) paint(canvas, picture, left + place * (side.width + GAP), top);
    const lines = [...wrapText(caption, cell.width, CAPTION_LINES), ...wrapText(remark, cell.width, 1)];
    for (const [line, text] of lines.entries()) {
      drawText(canvas, text, left, top + side.height + GAP + line * LINE_HEIGHT);
    }
  }
  return canvas;
}

function paint(canvas: Canvas, picture: Picture, left: number, top: number): void {
  for (let y = 0; y < picture.height; y++) {
    const line = picture.data.subarray(3 * y * picture.width, 3 * (y + 1) * picture.width);
    canvas.data.set(line, 3 * ((top + y) * canvas.width + left));
  }
}
