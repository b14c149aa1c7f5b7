import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Picture } from '../../../trainer/base/ports.ts';
import { createPictures } from '../../../trainer/platform/pictures.ts';
import { addPngText, readPngText } from '../../../trainer/platform/png-text.ts';

const pictures = createPictures();
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pictures-'));
});
afterAll(() => rm(folder, { recursive: true }));

const whole = (width: number, height: number) => ({ left: 0, top: 0, width, height });
const pixel = ({ data, width }: Picture, x: number, y: number) => [
  ...data.subarray((y * width + x) * 3, (y * width + x + 1) * 3),
];

/** 4 by 2 pixels: the left half red, the right half blue, the top left pixel white. */
const RED = [255, 0, 0];
const BLUE = [0, 0, 255];
const WHITE = [255, 255, 255];
const pattern = Buffer.from([WHITE, RED, BLUE, BLUE, RED, RED, BLUE, BLUE].flat());
const image = () => sharp(pattern, { raw: { width: 4, height: 2, channels: 3 } });

async function save(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

describe('reading a picture', () => {
  test('gives its pixels in rows from the top', async () => {
    const path = await save('plain.png', await image().png().toBuffer());
    const picture = await pictures.load(path, { width: 4, height: 2 }, whole(4, 2));
    expect([...picture.data]).toEqual([...pattern]);
    expect(await pictures.inspect(path)).toEqual({
      width: 4,
      height: 2,
      format: 'png',
      hasAlpha: false,
      bitsPerChannel: 8,
      frames: 1,
      rotatedByExif: false,
      colourSpace: 'srgb',
    });
  });

  test('resizes the whole of it before cutting', async () => {
    const path = await save('large.png', await image().resize(40, 20, { kernel: 'nearest' }).png().toBuffer());
    const right = await pictures.load(path, { width: 4, height: 2 }, { left: 2, top: 0, width: 2, height: 2 });
    expect([...right.data]).toEqual([BLUE, BLUE, BLUE, BLUE].flat());
  });

  // EXIF orientation 6 means: turn by 90 degrees clockwise to see it upright; the top left pixel comes to the top right.
  test('turns it upright as EXIF says, in facts and in pixels', async () => {
    const path = await save('turned.png', await image().withMetadata({ orientation: 6 }).png().toBuffer());
    expect(await pictures.inspect(path)).toMatchObject({ width: 2, height: 4, rotatedByExif: true });
    const picture = await pictures.load(path, { width: 2, height: 4 }, whole(2, 4));
    expect([pixel(picture, 1, 0), pixel(picture, 0, 0), pixel(picture, 0, 3)]).toEqual([WHITE, RED, BLUE]);
  });

  test('gives a small version that fits a square, upright, of formats of both decoders, and never a larger one', async () => {
    const large = image().resize(400, 200, { kernel: 'nearest' });
    const flat = await save('small.png', await large.clone().png().toBuffer());
    const turned = await save('small.jpg', await large.clone().withMetadata({ orientation: 6 }).jpeg().toBuffer());
    const rows24 = [...[255, 0, 0], ...[0, 0, 255], 0, 0, ...[0, 0, 255], ...[255, 255, 255], 0, 0];
    const mapped = await save('small.bmp', bitmap({ width: 2, height: 2, bits: 24, palette: [], pixels: rows24 }));
    const picture = await pictures.loadSmall(flat, 100);
    expect([picture.width, picture.height, picture.data.length]).toEqual([100, 50, 15_000]);
    expect([pixel(picture, 5, 5), pixel(picture, 40, 40), pixel(picture, 95, 40)]).toEqual([WHITE, RED, BLUE]);
    expect(await pictures.loadSmall(turned, 100)).toMatchObject({ width: 50, height: 100 });
    expect(await pictures.loadSmall(flat, 1000)).toMatchObject({ width: 400, height: 200 });
    expect(pixel(await pictures.loadSmall(mapped, 100), 0, 0)).toEqual(RED);
    const whole = await large.clone().jpeg().toBuffer();
    const broken = await save('cut.jpg', whole.subarray(0, whole.length / 2));
    await expect(pictures.loadSmall(broken, 100)).rejects.toMatchObject({ report: { code: 'images/truncated' } });
  });

  test('lays transparent parts on white', async () => {
    const half = Buffer.from([0, 0, 0, 0, 0, 0, 0, 128]);
    const path = await save(
      'alpha.png',
      await sharp(half, { raw: { width: 2, height: 1, channels: 4 } })
        .png()
        .toBuffer(),
    );
    expect(await pictures.inspect(path)).toMatchObject({ hasAlpha: true });
    const picture = await pictures.load(path, { width: 2, height: 1 }, whole(2, 1));
    expect(pixel(picture, 0, 0)).toEqual(WHITE);
    expect(Math.abs((pixel(picture, 1, 0)[0] ?? 0) - 127)).toBeLessThanOrEqual(1); // 255 · (1 − 128 / 255)
  });

  test('brings grey, 16-bit and CMYK pictures to 8-bit colours', async () => {
    const grey = await save('grey.png', await image().greyscale().png().toBuffer());
    const deep = await save('deep.png', await image().toColourspace('rgb16').png().toBuffer());
    const deepGrey = await save('deep-grey.png', await image().toColourspace('grey16').png().toBuffer());
    const cmyk = await save('cmyk.jpg', await image().resize(64, 32).toColourspace('cmyk').jpeg().toBuffer());
    expect(await pictures.inspect(deep)).toMatchObject({ bitsPerChannel: 16 });
    expect(await pictures.inspect(cmyk)).toMatchObject({ colourSpace: 'cmyk' });
    expect([...(await pictures.load(deep, { width: 4, height: 2 }, whole(4, 2))).data]).toEqual([...pattern]);
    for (const path of [grey, deepGrey]) {
      const picture = await pictures.load(path, { width: 4, height: 2 }, whole(4, 2));
      const [red = 0, green, blue] = pixel(picture, 1, 1);
      expect([green, blue]).toEqual([red, red]);
      // sRGB red has 21 % of the luminance of white: 127 after the transfer curve; a plain weighted sum gives 54.
      expect(red).toBeGreaterThan(50);
      expect(red).toBeLessThan(131);
    }
    const print = await pictures.load(cmyk, { width: 64, height: 32 }, whole(64, 32));
    const [red = 0, green = 0, blue = 0] = pixel(print, 20, 28);
    // Printing inks dull colours; red stays by far the strongest.
    expect(red).toBeGreaterThan(150);
    expect(Math.max(green, blue)).toBeLessThan(100);
  });

  test('takes the first frame of an animation', async () => {
    const frames = Buffer.concat([Buffer.alloc(12, 255), Buffer.alloc(12, 0)]);
    const animated = sharp(frames, { raw: { width: 2, height: 4, channels: 3, pageHeight: 2 } });
    for (const [name, bytes] of [
      ['moving.webp', await animated.clone().webp({ lossless: true }).toBuffer()],
      ['moving.gif', await animated.clone().gif().toBuffer()],
    ] as const) {
      const path = await save(name, bytes);
      expect(await pictures.inspect(path)).toMatchObject({ frames: 2, width: 2, height: 2 });
      const picture = await pictures.load(path, { width: 2, height: 2 }, whole(2, 2));
      expect(new Set(picture.data)).toEqual(new Set([255]));
    }
  });

  test('reads bitmaps of 8, 24 and 32 bits, from the bottom up or the top down', async () => {
    const palette = [0, 0, 255, 0, 255, 0, 0, 0]; // blue, green, red, unused: red, then blue
    const eight = bitmap({ width: 3, height: 2, bits: 8, palette, pixels: [0, 0, 1, 0, 1, 1, 0, 0] });
    const rows24 = [...[255, 0, 0], ...[0, 0, 255], 0, 0, ...[0, 0, 255], ...[255, 255, 255], 0, 0];
    const bottomUp = bitmap({ width: 2, height: 2, bits: 24, palette: [], pixels: rows24 });
    const topDown = bitmap({ width: 2, height: -2, bits: 24, palette: [], pixels: rows24 });
    const wide = bitmap({ width: 2, height: 1, bits: 32, palette: [], pixels: [0, 0, 255, 9, 255, 0, 0, 9] });
    const read = async (name: string, bytes: Uint8Array, width: number, height: number) => [
      ...(await pictures.load(await save(name, bytes), { width, height }, whole(width, height))).data,
    ];
    expect(await read('8.bmp', eight, 3, 2)).toEqual([BLUE, BLUE, RED, RED, RED, BLUE].flat());
    expect(await read('24.bmp', bottomUp, 2, 2)).toEqual([RED, WHITE, BLUE, RED].flat());
    expect(await read('24t.bmp', topDown, 2, 2)).toEqual([BLUE, RED, RED, WHITE].flat());
    expect(await read('32.bmp', wide, 2, 1)).toEqual([RED, BLUE].flat());
    expect(await pictures.inspect(await save('i.bmp', eight))).toMatchObject({ width: 3, height: 2, format: 'bmp' });
  });

  test('shows a file as it is now, not as it was when first opened', async () => {
    const path = await save('edited.png', await image().png().toBuffer());
    await pictures.load(path, { width: 4, height: 2 }, whole(4, 2));
    await save('edited.png', await image().negate().png().toBuffer());
    const after = await pictures.load(path, { width: 4, height: 2 }, whole(4, 2));
    expect(pixel(after, 0, 0)).toEqual([0, 0, 0]);
  });
});

/** A bitmap of the 40-byte header; rows come as they are stored. */
function bitmap(of: { width: number; height: number; bits: number; palette: number[]; pixels: number[] }): Buffer {
  const head = Buffer.alloc(54);
  head.write('BM', 0, 'latin1');
  head.writeUInt32LE(54 + of.palette.length, 10);
  head.writeUInt32LE(40, 14);
  head.writeInt32LE(of.width, 18);
  head.writeInt32LE(of.height, 22);
  head.writeUInt16LE(1, 26);
  head.writeUInt16LE(of.bits, 28);
  head.writeUInt32LE(of.palette.length / 4, 46);
  return Buffer.concat([head, Buffer.from(of.palette), Buffer.from(of.pixels)]);
}

describe('text inside a PNG', () => {
  const picture: Picture = { width: 4, height: 2, data: new Uint8Array(pattern) };
  const text = { parameters: 'a sks cat\nSteps: 20, Seed: 1', Title: '猫の絵 🐱', Author: 'Zoë' };

  test('comes back as it was written, and the picture is unharmed', async () => {
    const png = await pictures.encodePng(picture, text);
    expect(readPngText(png)).toEqual(text);
    expect([...(await sharp(png).raw().toBuffer())]).toEqual([...pattern]);
    // libpng checks each chunk's CRC and would complain here.
    const { comments } = await sharp(png, { failOn: 'warning' }).metadata();
    expect(comments).toContainEqual({ keyword: 'parameters', text: text.parameters });
  });

  test('is left out where a chunk is damaged, and in files that are no PNG', async () => {
    const png = Buffer.from(await pictures.encodePng(picture, { Title: 'cat' }));
    png.writeUInt8(png.readUInt8(45) ^ 1, 45); // a byte inside the first text chunk
    expect(readPngText(png)).toEqual({});
    expect(readPngText(Buffer.from('no picture'))).toEqual({});
    expect(readPngText(png.subarray(0, 40))).toEqual({});
  });

  test('refuses keywords that PNG forbids', async () => {
    const png = await pictures.encodePng(picture, {});
    for (const keyword of ['', ' Title', 'x'.repeat(80), '猫']) {
      expect(() => addPngText(png, { [keyword]: 'text' })).toThrow(/not a PNG keyword/);
    }
  });
});
