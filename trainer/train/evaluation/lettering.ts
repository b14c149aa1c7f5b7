/**
 * Letters of five by seven pixels, for the labels of contact sheets: the same on every machine, with or without fonts.
 *
 * A glyph is seven rows from the top, one digit to base 32 each, whose bits are its pixels: 16 the leftmost, 1 the
 * rightmost. There are small letters only; capitals are drawn as such, what is not here as a box.
 */

const GLYPHS: Readonly<Record<string, string>> = {
  a: '00e1fhf',
  b: 'gguhhhu',
  c: '00egghe',
  d: '11fhhhf',
  e: '00ehvge',
  f: '698s888',
  g: '0fhhf1e',
  h: 'ggmphhh',
  i: '40c444e',
  j: '20622ic',
  k: 'ggikoki',
  l: 'c44444e',
  m: '00qllhh',
  n: '00mphhh',
  o: '00ehhhe',
  p: '00uhugg',
  q: '00djf11',
  r: '00mpggg',
  s: '00ege1u',
  t: '88s8896',
  u: '00hhhjd',
  v: '00hhha4',
  w: '00hhlla',
  x: '00ha4ah',
  y: '00hhf1e',
  z: '00v248v',
  '0': 'ehjlphe',
  '1': '4c4444e',
  '2': 'eh1248v',
  '3': 'v2421he',
  '4': '26aiv22',
  '5': 'vgu11he',
  '6': '68guhhe',
  '7': 'v124888',
  '8': 'ehhehhe',
  '9': 'ehhf12c',
  ' ': '0000000',
  ',': '0000c48',
  '.': '00000cc',
  '-': '000v000',
  "'": 'c480000',
  '"': 'aaa0000',
  ':': '0cc0cc0',
  '(': '2488842',
  ')': '8422248',
  '/': '01248g0',
  '!': '4444004',
  '?': 'eh12404',
  '#': 'aavavaa',
  '+': '044v440',
  '=': '00v0v00',
  '%': 'op248j3',
  '&': 'cik8lid',
  _: '000000v',
};
const BOX = 'vhhhhhv';

const GLYPH_COLUMNS = 5;
/** A column between letters, two rows between lines. */
const ADVANCE = 6;
export const LINE_HEIGHT = 9;

/** A picture that is being drawn on: 8-bit RGB, three bytes a pixel. */
export interface Canvas {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

const INK = 40;

/** Draws one line; what does not fit on the canvas is cut off. */
export function drawText({ width, height, data }: Canvas, text: string, left: number, top: number): void {
  for (const [index, character] of [...text.toLowerCase()].entries()) {
    for (const [row, digit] of [...(GLYPHS[character] ?? BOX)].entries()) {
      const bits = Number.parseInt(digit, 32);
      for (let column = 0; column < GLYPH_COLUMNS; column++) {
        const [x, y] = [left + index * ADVANCE + column, top + row];
        const inked = (bits >> (GLYPH_COLUMNS - 1 - column)) & 1;
        if (inked === 1 && x >= 0 && x < width && y < height)
          data.fill(INK, 3 * (y * width + x), 3 * (y * width + x) + 3);
      }
    }
  }
}

/** Cut between words into lines of at most so many pixels; the last of at most `most` lines ends in dots if more follows. */
export function wrapText(text: string, width: number, most: number): readonly string[] {
  const longest = Math.max(1, Math.floor((width + 1) / ADVANCE));
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length <= longest || line === '') line = longer;
    else {
      lines.push(line);
      line = word;
    }
  }
  lines.push(line);
  const shown = lines.slice(0, most).map((each) => shortened(each, longest));
  const last = shown.at(-1);
  if (lines.length > most && last !== undefined) shown[most - 1] = `${last.slice(0, Math.max(0, longest - 3))}...`;
  return shown;
}

const shortened = (line: string, longest: number): string =>
  line.length <= longest ? line : `${line.slice(0, Math.max(0, longest - 3))}...`;
