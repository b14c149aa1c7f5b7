/**
 * Windows bitmaps, which the picture library does not read: uncompressed with 8 bits a pixel and palette, 24 or 32 bits.
 *
 * Source: the BITMAPFILEHEADER and BITMAPINFOHEADER structures (Microsoft, Windows GDI reference).
 */
import type { Picture, PictureSize } from '../base/ports.ts';

const FILE_HEADER_BYTES = 14;
/** File header, and of the info header the 40 bytes that all versions share. */
export const BMP_HEADER_BYTES = FILE_HEADER_BYTES + 40;
const UNCOMPRESSED = 0;
const BIT_FIELDS = 3;

export interface BmpHeader extends PictureSize {
  readonly bitsPerPixel: number;
  /** Bytes from the start of the file to the first pixel, and of all pixels. */
  readonly pixelsAt: number;
  readonly pixelBytes: number;
  readonly topDown: boolean;
  readonly paletteAt: number;
  readonly colours: number;
}

export const isBmp = (start: Uint8Array): boolean => start[0] === 0x42 && start[1] === 0x4d;

/** `undefined` for the kinds that are not read: compressed, below 8 bits, 16 bits, or a header from before Windows 3. */
export function readBmpHeader(start: Uint8Array): BmpHeader | undefined {
  if (!isBmp(start) || start.length < BMP_HEADER_BYTES) return undefined;
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  const infoBytes = view.getUint32(14, true);
  const width = view.getInt32(18, true);
  const signedHeight = view.getInt32(22, true);
  const bitsPerPixel = view.getUint16(28, true);
  const compression = view.getUint32(30, true);
  const plain = compression === UNCOMPRESSED || (compression === BIT_FIELDS && bitsPerPixel === 32);
  if (infoBytes < 40 || width < 1 || signedHeight === 0 || !plain || ![8, 24, 32].includes(bitsPerPixel))
    return undefined;
  const height = Math.abs(signedHeight);
  return {
    width,
    height,
    bitsPerPixel,
    pixelsAt: view.getUint32(10, true),
    pixelBytes: rowBytes(width, bitsPerPixel) * height,
    topDown: signedHeight < 0,
    paletteAt: FILE_HEADER_BYTES + infoBytes,
    colours: view.getUint32(46, true) || 256,
  };
}

/** Rows are padded to whole groups of four bytes. */
const rowBytes = (width: number, bitsPerPixel: number): number => Math.ceil((width * bitsPerPixel) / 32) * 4;

/** The file must be as long as its header says. The fourth byte of 32-bit pixels is ignored, as most programs do. */
export function decodeBmp(file: Uint8Array, header: BmpHeader): Picture {
  const { width, height, bitsPerPixel } = header;
  const data = new Uint8Array(width * height * 3);
  const bytes = bitsPerPixel / 8;
  for (let row = 0; row < height; row++) {
    const stored = header.topDown ? row : height - 1 - row;
    const start = header.pixelsAt + stored * rowBytes(width, bitsPerPixel);
    for (let column = 0; column < width; column++) {
      const pixel = start + column * bytes;
      // Blue, green, red: in the pixel itself, or in the palette entry that it names.
      const at = bytes === 1 ? header.paletteAt + Math.min(file[pixel] ?? 0, header.colours - 1) * 4 : pixel;
      const to = (row * width + column) * 3;
      data[to] = file[at + 2] ?? 0;
      data[to + 1] = file[at + 1] ?? 0;
      data[to + 2] = file[at] ?? 0;
    }
  }
  return { width, height, data };
}
