/**
 * Pictures of the user's disk, decoded by sharp (libvips) and brought to one form: upright, 8-bit sRGB, no alpha.
 *
 * sharp only decodes and converts colours. Resizing is ours (`data/resample.ts`), so that a picture gives the same pixels with
 * every version of the library and the filters are those of sd-scripts.
 */
import type { FileHandle } from 'node:fs/promises';
import { open, readFile } from 'node:fs/promises';
import sharp, { type Sharp } from 'sharp';
import type { ErrorCode } from '../base/error-codes.ts';
import { UserError } from '../base/errors.ts';
import type { Crop, Picture, PictureFacts, Pictures, PictureSize } from '../base/ports.ts';
import { cropPicture, resizePicture } from '../data/resample.ts';
import type { BmpHeader } from './bmp.ts';
import { BMP_HEADER_BYTES, decodeBmp, isBmp, readBmpHeader } from './bmp.ts';
import { addPngText } from './png-text.ts';

/** 16,383 squared, the library's own limit: 800 MB when decoded. */
export const MAX_PIXELS = 0x3fff * 0x3fff;
/** A picture above this is first shrunk by libvips to four times the wanted size, to save memory. */
const MAX_PIXELS_IN_MEMORY = 64e6;
const FORMATS = ['jpeg', 'png', 'webp', 'heif', 'gif', 'tiff'];
/** Boxes of an AVIF file side by side; real ones have three to five. */
const MOST_BOXES = 1000;
/** Where the end marks of a JPEG or PNG file are looked for. */
const TAIL_BYTES = 64 * 1024;
const START_BYTES = 512;
const WHITE = { r: 255, g: 255, b: 255 };
// "error" ends at broken data; "warning" would also refuse files that every viewer shows without complaint.
const READING = { failOn: 'error', limitInputPixels: MAX_PIXELS, pages: 1 } as const;

export function createPictures(): Pictures {
  // By default libvips remembers opened files by name, and would show a picture as it was before an edit.
  sharp.cache(false);
  return { inspect, load, loadSmall, encodePng };
}

async function inspect(path: string): Promise<PictureFacts> {
  const ends = await readEnds(path);
  if (isBmp(ends.start)) return bmpFacts(bmpHeader(ends, path));
  const facts = await decoding(path, ends, () => sharp(path, { ...READING, limitInputPixels: false }).metadata());
  if (!FORMATS.includes(facts.format)) throw notAPicture(path, ends.start);
  const size = { width: facts.autoOrient.width, height: facts.pageHeight ?? facts.autoOrient.height };
  if (size.width * size.height > MAX_PIXELS) throw tooLarge(path, size);
  await checkEnd(path, facts.format, ends);
  return {
    ...size,
    format: facts.format === 'heif' ? 'avif' : facts.format,
    hasAlpha: facts.hasAlpha,
    bitsPerChannel: facts.depth === 'uchar' || facts.depth === 'char' ? 8 : 16,
    frames: facts.pages ?? 1,
    rotatedByExif: (facts.orientation ?? 1) > 1,
    colourSpace: facts.space,
  };
}

async function load(path: string, resized: PictureSize, crop: Crop): Promise<Picture> {
  const ends = await readEnds(path);
  const whole = isBmp(ends.start)
    ? decodeBmp(await readFile(path), bmpHeader(ends, path))
    : await decode(path, ends, resized);
  return cropPicture(resizePicture(whole, resized), crop);
}

async function loadSmall(path: string, side: number): Promise<Picture> {
  const ends = await readEnds(path);
  const shrink = { width: side, height: side, fit: 'inside', withoutEnlargement: true } as const;
  if (isBmp(ends.start)) {
    const { width, height, data } = decodeBmp(await readFile(path), bmpHeader(ends, path));
    return pixelsOf(sharp(data, { raw: { width, height, channels: 3 } }).resize(shrink));
  }
  return decoding(path, ends, () => pixelsOf(sharp(path, READING).autoOrient().resize(shrink)));
}

function decode(path: string, ends: Ends, resized: PictureSize): Promise<Picture> {
  return decoding(path, ends, async () => {
    const { format, autoOrient } = await sharp(path, READING).metadata();
    if (!FORMATS.includes(format)) throw notAPicture(path, ends.start);
    const image = sharp(path, READING).autoOrient();
    const coarse = { width: resized.width * 4, height: resized.height * 4 };
    const huge = autoOrient.width * autoOrient.height > MAX_PIXELS_IN_MEMORY;
    if (huge && coarse.width < autoOrient.width && coarse.height < autoOrient.height) {
      image.resize({ ...coarse, fit: 'fill', kernel: 'linear' });
    }
    return pixelsOf(image);
  });
}

async function pixelsOf(image: Sharp): Promise<Picture> {
  const { data, info } = await image
    .flatten({ background: WHITE })
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
}

async function encodePng(picture: Picture, text: Readonly<Record<string, string>>): Promise<Uint8Array> {
  const { width, height, data } = picture;
  const png = await sharp(data, { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 9 })
    .toBuffer();
  return addPngText(png, text);
}

/** The first and last bytes of a file. */
interface Ends {
  readonly start: Uint8Array;
  readonly end: Uint8Array;
  readonly size: number;
  /** Of AVIF and its relatives: where the last box ends. */
  readonly boxesEnd?: number;
}

/** @throws {UserError} if there is no such file, it cannot be read, or it has no bytes */
async function readEnds(path: string): Promise<Ends> {
  let file: FileHandle;
  try {
    file = await open(path);
  } catch (error) {
    throw unreadable(path, error);
  }
  try {
    const { size } = await file.stat();
    const piece = async (from: number, to: number): Promise<Uint8Array> => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(to - from), 0, to - from, from);
      return buffer.subarray(0, bytesRead);
    };
    if (size === 0) {
      throw pictureError(
        'images/empty',
        'The file has no bytes',
        path,
        'Copy it again from where it came from, or delete it.',
      );
    }
    const start = await piece(0, Math.min(size, START_BYTES));
    const boxes = Buffer.from(start).toString('latin1', 4, 8) === 'ftyp';
    return {
      start,
      end: await piece(Math.max(0, size - TAIL_BYTES), size),
      size,
      ...(boxes && { boxesEnd: await lastBoxEnd(file, path, size) }),
    };
  } catch (error) {
    throw error instanceof UserError ? error : unreadable(path, error);
  } finally {
    await file.close();
  }
}

/** @throws {UserError} `images/truncated` if the file ends too early */
async function checkEnd(path: string, format: string, ends: Ends): Promise<void> {
  // The decoder of AVIF makes up what is missing; its file says how long it should be.
  if (format === 'heif' && (ends.boxesEnd ?? 0) > ends.size) throw damaged(path);
  const tail = Buffer.from(ends.end.buffer, ends.end.byteOffset, ends.end.byteLength);
  const complete =
    (format === 'jpeg' && tail.includes(Buffer.from([0xff, 0xd9]))) ||
    (format === 'png' && tail.includes('IEND', 0, 'latin1')) ||
    // These are checked when their header is read.
    format === 'webp' ||
    format === 'gif';
  // The end mark may be missing, or hidden by what a camera appended: only decoding tells.
  if (!complete) await decoding(path, ends, () => sharp(path, READING).stats());
}

/**
 * Where the last box of an ISO base media file (AVIF) ends; beyond the file where that cannot be told. A box: its size
 * (4 bytes), its type, if size is 1 a long size.
 */
async function lastBoxEnd(file: FileHandle, path: string, fileSize: number): Promise<number> {
  const head = Buffer.alloc(16);
  let at = 0;
  for (let boxes = 0; at < fileSize; boxes++) {
    const { bytesRead } = await file.read(head, 0, 16, at);
    // The decoder would walk through millions of them, for seconds.
    if (boxes === MOST_BOXES) throw damaged(path);
    if (bytesRead < 8) return fileSize + 1;
    const size = head.readUInt32BE(0);
    if (size === 0) return fileSize;
    const length = size === 1 ? Number(head.readBigUInt64BE(8)) : size;
    if (length < 8) return fileSize + 1;
    at += length;
  }
  return at;
}

/** Runs the library and turns what it throws into a sentence. */
async function decoding<T>(path: string, ends: Ends, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UserError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    if (/unsupported image format/i.test(message)) throw notAPicture(path, ends.start, error);
    if (/exceeds pixel limit/i.test(message)) throw tooLarge(path, undefined, error);
    throw damaged(path, error);
  }
}

function damaged(path: string, cause?: unknown): UserError {
  return pictureError(
    'images/truncated',
    'The picture is cut off or damaged',
    path,
    'Copy or download it again, or delete it. If a viewer still shows it, save it there as a new PNG.',
    cause,
  );
}

function bmpHeader(ends: Ends, path: string): BmpHeader {
  const header = readBmpHeader(ends.start.subarray(0, BMP_HEADER_BYTES));
  if (header === undefined) {
    throw pictureError(
      'images/unsupported',
      'The bitmap is of a kind that is not read here (compressed, 16 bits, or fewer than 8 bits a pixel)',
      path,
      'Save it as PNG.',
    );
  }
  if (header.width * header.height > MAX_PIXELS) throw tooLarge(path, header);
  if (header.pixelsAt + header.pixelBytes > ends.size) {
    throw damaged(path);
  }
  return header;
}

function bmpFacts({ width, height }: BmpHeader): PictureFacts {
  return {
    width,
    height,
    format: 'bmp',
    hasAlpha: false,
    bitsPerChannel: 8,
    frames: 1,
    rotatedByExif: false,
    colourSpace: 'srgb',
  };
}

function notAPicture(path: string, start: Uint8Array, cause?: unknown): UserError {
  return pictureError(
    'images/not-a-picture',
    `The file is no picture that can be read, whatever its name says: its content looks like ${contentGuess(start)}`,
    path,
    'Delete it, or replace it by the picture itself, saved as PNG, JPEG or WebP.',
    cause,
  );
}

function contentGuess(start: Uint8Array): string {
  const text = Buffer.from(start).toString('latin1');
  if (/^\s*(<!doctype html|<html)/i.test(text)) return 'a web page (a download that went wrong?)';
  if (/^(<\?xml|\s*<svg)/i.test(text)) return 'a drawing (SVG)';
  if (text.startsWith('%PDF')) return 'a PDF document';
  if (text.startsWith('PK')) return 'a ZIP archive';
  if (text.startsWith('8BPS')) return 'a Photoshop file';
  if (text.slice(4, 8) === 'ftyp') return 'a video or an iPhone photo (HEIC)';
  if (text.startsWith('\xff\x0a') || text.slice(4, 8) === 'JXL ') return 'a JPEG XL picture';
  if (/^[\t\r\n\x20-\x7e\x80-\xff]+$/.test(text)) return 'text';
  return 'some other kind of data';
}

function tooLarge(path: string, size: PictureSize | undefined, cause?: unknown): UserError {
  const found = size === undefined ? 'more' : `${size.width} x ${size.height}`;
  return pictureError(
    'images/too-large',
    `The picture has ${found} pixels; the most that is read is ${MAX_PIXELS.toLocaleString('en')} in all`,
    path,
    'Scale it down, for example to 4,000 pixels on its longer side: training uses far less.',
    cause,
  );
}

function unreadable(path: string, cause: unknown): UserError {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === 'ENOENT') {
    return pictureError(
      'file/missing',
      'There is no such file',
      path,
      'Check the name, or scan the folder again.',
      cause,
    );
  }
  return pictureError(
    'images/unreadable',
    `The system does not let us read the file (${code ?? String(cause)})`,
    path,
    'Check its permissions and whether the disk is connected, or move it out of the folder.',
    cause,
  );
}

function pictureError(code: ErrorCode, what: string, where: string, fix: string, cause?: unknown): UserError {
  return new UserError({ code, what, where, fix }, { cause });
}
