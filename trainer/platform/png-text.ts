/**
 * Text chunks of PNG files: what a picture was made with, kept inside it.
 *
 * Source: PNG specification (W3C, third edition), sections 5.3 to 5.5 and 11.3.3. Text that fits Latin-1 goes into tEXt, which
 * every tool reads; other text into iTXt (UTF-8).
 */
import { crc32, inflateSync } from 'node:zlib';
import { assert } from '../base/errors.ts';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const END_OF_HEADER = SIGNATURE.length + 25;
/** Decompressed text above this size is left out: nobody writes that, but a hostile file may claim it. */
const MAX_TEXT_BYTES = 4 * 1024 * 1024;

/** The file with text chunks after its header. A keyword has 1 to 79 characters of Latin-1, without blanks at its ends. */
export function addPngText(png: Uint8Array, text: Readonly<Record<string, string>>): Uint8Array {
  assert(SIGNATURE.equals(png.subarray(0, SIGNATURE.length)), 'text added to something that is no PNG');
  const chunks = Object.entries(text).map(([keyword, value]) => textChunk(keyword, value));
  return Buffer.concat([png.subarray(0, END_OF_HEADER), ...chunks, png.subarray(END_OF_HEADER)]);
}

function textChunk(keyword: string, text: string): Buffer {
  const valid = isLatin1(keyword) && keyword.length >= 1 && keyword.length <= 79 && keyword.trim() === keyword;
  assert(valid, `not a PNG keyword: "${keyword}"`);
  const clean = text.replaceAll('\0', '');
  const key = Buffer.from(`${keyword}\0`, 'latin1');
  if (isLatin1(clean)) return chunk('tEXt', Buffer.concat([key, Buffer.from(clean, 'latin1')]));
  // Not compressed, method 0, no language, no translated keyword.
  return chunk('iTXt', Buffer.concat([key, Buffer.from([0, 0, 0, 0]), Buffer.from(clean, 'utf8')]));
}

/** Latin-1 without the control characters that PNG forbids in keywords and text (line feed is allowed in text). */
const isLatin1 = (text: string): boolean => /^[\n\x20-\x7e\xa0-\xff]*$/.test(text);

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

/** All text of a PNG file by keyword, whatever chunk it is in. Broken chunks and other files give nothing. */
export function readPngText(file: Uint8Array): Record<string, string> {
  const png = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const found: Record<string, string> = {};
  if (!SIGNATURE.equals(png.subarray(0, SIGNATURE.length))) return found;
  let at = SIGNATURE.length;
  while (at + 12 <= png.length) {
    const length = png.readUInt32BE(at);
    const end = at + 8 + length;
    if (end + 4 > png.length) break;
    const intact = crc32(png.subarray(at + 4, end)) === png.readUInt32BE(end);
    const entry = intact ? textIn(png.toString('latin1', at + 4, at + 8), png.subarray(at + 8, end)) : undefined;
    if (entry !== undefined) found[entry.keyword] = entry.text;
    at = end + 4;
  }
  return found;
}

function textIn(type: string, data: Buffer): { keyword: string; text: string } | undefined {
  const zero = data.indexOf(0);
  if (zero < 1) return undefined;
  const keyword = data.toString('latin1', 0, zero);
  const rest = data.subarray(zero + 1);
  if (type === 'tEXt') return { keyword, text: rest.toString('latin1') };
  if (type === 'zTXt') return unpacked(keyword, rest.subarray(1), 'latin1');
  if (type !== 'iTXt') return undefined;
  const languageEnd = rest.indexOf(0, 2);
  const start = languageEnd < 0 ? 0 : rest.indexOf(0, languageEnd + 1) + 1;
  if (start === 0) return undefined;
  const body = rest.subarray(start);
  return rest[0] === 1 ? unpacked(keyword, body, 'utf8') : { keyword, text: body.toString('utf8') };
}

function unpacked(keyword: string, body: Buffer, encoding: 'latin1' | 'utf8') {
  try {
    return { keyword, text: inflateSync(body, { maxOutputLength: MAX_TEXT_BYTES }).toString(encoding) };
  } catch {
    return undefined;
  }
}
