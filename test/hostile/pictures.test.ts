/**
 * Pictures as they come from the web, from cameras and from broken disks, on a real file system through the real decoder: each
 * ends as a sentence with a fix, none ends a scan, and those that are used give pixels.
 */
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { must, UserError } from '../../trainer/base/errors.ts';
import { centreCrop, createPlacer } from '../../trainer/data/buckets.ts';
import type { Dataset } from '../../trainer/data/dataset.ts';
import { scanDataset } from '../../trainer/data/scan.ts';
import { machineFiles } from '../../trainer/platform/files.ts';
import { createPictures } from '../../trainer/platform/pictures.ts';
import { DEFAULT_BUCKETS } from '../support/buckets.ts';

const pictures = createPictures();
let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'hostile-pictures-'));
});
afterAll(() => rm(root, { recursive: true }));

let seed = 1;
/** Noise does not compress, so that a cut always removes pixels. */
function noise(width: number, height: number) {
  const data = Buffer.alloc(width * height * 3);
  for (let i = 0; i < data.length; i++) {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    data[i] = seed >>> 24;
  }
  return sharp(data, { raw: { width, height, channels: 3 } });
}

let folders = 0;
async function dataset(files: Record<string, Uint8Array | string>): Promise<{ folder: string; inside: string }> {
  const folder = join(root, String(folders++));
  const inside = join(folder, '1_cat');
  await mkdir(inside, { recursive: true });
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(inside, name), bytes);
  return { folder, inside };
}

const scan = (folder: string): Promise<Dataset> =>
  scanDataset(machineFiles(), pictures, {
    train: { folder },
    captionExtension: '.txt',
    wildcards: false,
    buckets: { ...DEFAULT_BUCKETS, resolution: { width: 256, height: 256 } },
  });

/** What a scan says about one file, next to a good one that must survive. */
async function scanned(name: string, bytes: Uint8Array | string) {
  const good = await noise(256, 256).png().toBuffer();
  const { folder, inside } = await dataset({ [name]: bytes, 'good.jpg': good.subarray(0), 'good.txt': 'x' });
  await writeFile(join(inside, 'good.jpg'), await noise(256, 256).jpeg().toBuffer());
  const found = await scan(folder);
  const image = found.images.find(({ path }) => path.endsWith(name));
  expect(found.images.some(({ path }) => path.endsWith('good.jpg'))).toBe(true);
  expect(found.leftOut).toBe(image === undefined ? 1 : 0);
  const findings = found.findings.filter(({ path }) => path.endsWith(name));
  return { image, findings, codes: findings.map(({ code }) => code), path: join(inside, name) };
}

async function loadError(path: string): Promise<string> {
  const error: unknown = await pictures
    .load(path, { width: 256, height: 256 }, { left: 0, top: 0, width: 256, height: 256 })
    .then(
      () => 'loaded',
      (thrown: unknown) => thrown,
    );
  return error instanceof UserError ? error.report.code : String(error);
}

/** Loads a used picture as training does, and checks that it has the pixels of its bucket. */
async function usable({ image }: Awaited<ReturnType<typeof scanned>>): Promise<void> {
  const { path, placement } = must(image, 'the picture is used');
  const loaded = await pictures.load(path, placement.resized, centreCrop(placement));
  expect(loaded.data.length).toBe(placement.bucket.width * placement.bucket.height * 3);
}

describe('damaged files', () => {
  const formats = ['jpeg', 'png', 'webp', 'avif'] as const;
  for (const format of formats) {
    test(`a ${format} that is cut off is found by the scan, wherever it was cut`, async () => {
      const whole = await noise(300, 260).toFormat(format).toBuffer();
      for (const share of [0.02, 0.3, 0.7, 0.99]) {
        const cut = whole.subarray(0, Math.floor(whole.length * share));
        const found = await scanned(`cut.${format}`, cut);
        expect(found.image).toBeUndefined();
        expect(found.findings).toMatchObject([{ severity: 'error' }]);
        expect(found.findings[0]?.sentence).toMatch(/cut off or damaged|no picture that can be read/);
        // A few bytes may not be enough to tell what the file was.
        if (share > 0.1) expect(found.codes).toEqual(['images/truncated']);
        expect(await loadError(found.path)).toBe(found.codes[0]);
      }
    });
  }

  test('an AVIF with a million empty boxes is given up on, not walked to its end', async () => {
    const box = Buffer.from([0, 0, 0, 8, ...Buffer.from('free')]);
    const padded = Buffer.concat([await noise(64, 64).avif().toBuffer(), ...Array<Buffer>(1e6).fill(box)]);
    const began = performance.now();
    expect((await scanned('padded.avif', padded)).codes).toEqual(['images/truncated']);
    // The decoder alone takes 5 s for them.
    expect(performance.now() - began).toBeLessThan(2500);
  });

  test('a bitmap that is cut off, or compressed, is refused', async () => {
    const head = Buffer.alloc(54);
    head.write('BM');
    head.writeUInt32LE(54, 10);
    head.writeUInt32LE(40, 14);
    head.writeInt32LE(256, 18);
    head.writeInt32LE(256, 22);
    head.writeUInt16LE(24, 28);
    const cut = await scanned('cut.bmp', Buffer.concat([head, Buffer.alloc(1000)]));
    expect(cut.codes).toEqual(['images/truncated']);
    head.writeUInt32LE(1, 30);
    const packed = await scanned('rle.bmp', Buffer.concat([head, Buffer.alloc(1000)]));
    expect(packed.codes).toEqual(['images/unsupported']);
    expect(packed.findings[0]?.fix).toBe('Save it as PNG.');
  });

  test('a file without bytes says so', async () => {
    const found = await scanned('zero.png', '');
    expect(found.codes).toEqual(['images/empty']);
    expect(found.findings[0]?.sentence).toBe('The file has no bytes');
    expect(await loadError(found.path)).toBe('images/empty');
  });

  test('what is no picture is named for what it is', async () => {
    const cases: [string, string | Uint8Array, RegExp][] = [
      ['text.png', 'just some notes\n', /looks like text/],
      ['page.jpg', '<!DOCTYPE html><html><body>404</body></html>', /a web page/],
      ['zip.webp', Buffer.from('PK\x03\x04'), /a ZIP archive/],
      [
        'phone.jpg',
        Buffer.concat([Buffer.alloc(4), Buffer.from('ftypheic'), Buffer.alloc(40)]),
        /HEIC|cut off or damaged/,
      ],
      ['random.png', Buffer.from([1, 2, 3, 0, 9, 250, 0, 0, 7]), /some other kind of data/],
      ['drawing.png', '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="300"/>', /a drawing \(SVG\)/],
    ];
    for (const [name, bytes, expected] of cases) {
      const found = await scanned(name, bytes);
      expect(found.image, name).toBeUndefined();
      expect(found.findings[0]?.sentence).toMatch(expected);
      if (name !== 'phone.jpg') expect(found.codes).toEqual(['images/not-a-picture']);
    }
  });

  test('a JPEG with something appended, as phones do, is used', async () => {
    const whole = await noise(256, 256).jpeg().toBuffer();
    const found = await scanned('motion.jpg', Buffer.concat([whole, Buffer.alloc(300_000, 7)]));
    expect(found.codes).toEqual([]);
    await usable(found);
  });
});

describe('odd pictures', () => {
  test('of one pixel are left out', async () => {
    const found = await scanned('dot.png', await noise(1, 1).png().toBuffer());
    expect(found.codes).toEqual(['images/too-small']);
    expect(found.findings[0]?.sentence).toContain('1 x 1 pixels');
  });

  test('of 30,000 pixels width are used if their pixels fit memory', async () => {
    const wide = sharp({ create: { width: 30_000, height: 300, channels: 3, background: 'red' } });
    const found = await scanned('banner.png', await wide.png().toBuffer());
    expect(found.codes).toEqual(['images/cropped']);
    await usable(found);
  });

  test('of a million pixels by 40 are left out: to fill a bucket they would be enlarged to gigabytes', () => {
    const place = createPlacer({ ...DEFAULT_BUCKETS, resolution: { width: 512, height: 512 } });
    for (const [width, height] of [
      [1_000_000, 40],
      [40, 1_000_000],
    ] as const) {
      expect(place({ width, height })).toBeUndefined();
    }
    expect(place({ width: 30_000, height: 300 })?.resized).toEqual({ width: 25_600, height: 256 });
  });

  test('above 64 million pixels are read in two steps, and show the same', async () => {
    const left = {
      create: { width: 7_500, height: 12_000, channels: 3, background: { r: 200, g: 10, b: 60 } },
    } as const;
    const file = await sharp({ create: { ...left.create, width: 15_000, background: { r: 0, g: 90, b: 250 } } })
      .composite([{ input: left, left: 0, top: 0 }])
      .jpeg()
      .toBuffer();
    const path = join(root, 'huge.jpg');
    await writeFile(path, file);
    const small = await pictures.load(path, { width: 320, height: 256 }, { left: 0, top: 0, width: 320, height: 256 });
    const at = (x: number) => [...small.data.subarray((128 * 320 + x) * 3, (128 * 320 + x) * 3 + 3)];
    // JPEG stores even areas to a level or two.
    at(80).forEach((value, i) => expect(Math.abs(value - must([200, 10, 60][i], 'red'))).toBeLessThanOrEqual(3));
    at(240).forEach((value, i) => expect(Math.abs(value - must([0, 90, 250][i], 'blue'))).toBeLessThanOrEqual(3));
  });

  test('that claim more pixels than can be read are refused by their header', async () => {
    // What 30,000 x 30,000 pixels of one colour would be: a small file, and 2.7 GB when decoded.
    const bomb = await noise(8, 8).png().toBuffer();
    bomb.writeUInt32BE(30_000, 16);
    bomb.writeUInt32BE(30_000, 20);
    bomb.writeUInt32BE(crc32(bomb.subarray(12, 29)), 29);
    const huge = await scanned('bomb.png', bomb);
    expect(huge.codes).toEqual(['images/too-large']);
    expect(huge.findings[0]?.sentence).toMatch(/30000 x 30000 pixels; the most that is read is 268,402,689/);
    expect(await loadError(huge.path)).toBe('images/too-large');
  });

  test('in CMYK, in 16 bits, with alpha, animated or turned are used, each with a note', async () => {
    const frames = await noise(256, 512).raw().toBuffer();
    const animation = sharp(frames, { raw: { width: 256, height: 512, channels: 3, pageHeight: 256 } });
    const cases: [string, Uint8Array, string[]][] = [
      ['print.jpg', await noise(256, 256).toColourspace('cmyk').jpeg().toBuffer(), ['images/cmyk']],
      ['deep.png', await noise(256, 256).toColourspace('rgb16').png().toBuffer(), ['images/sixteen-bit']],
      ['clear.png', await noise(256, 256).ensureAlpha(0.5).png().toBuffer(), ['images/alpha']],
      ['moving.webp', await animation.clone().webp().toBuffer(), ['images/animated']],
      ['moving.png', await animation.clone().gif().toBuffer(), ['images/mislabelled', 'images/animated']],
      ['phone.jpg', await noise(300, 256).withMetadata({ orientation: 8 }).jpeg().toBuffer(), ['images/rotated']],
      ['grey.png', await noise(256, 256).greyscale().png().toBuffer(), []],
      ['palette.png', await noise(256, 256).png({ palette: true, colours: 16 }).toBuffer(), []],
    ];
    for (const [name, bytes, expected] of cases) {
      const found = await scanned(name, bytes);
      const codes = found.codes.filter((code) => code !== 'images/alpha' || expected.includes(code));
      expect(codes, name).toEqual(expected);
      await usable(found);
    }
    const turned = await scanned(
      'turned.jpg',
      await noise(300, 256).withMetadata({ orientation: 8 }).jpeg().toBuffer(),
    );
    expect(turned.image).toMatchObject({ width: 256, height: 300 });
  });
});

describe('folders', () => {
  test('that are empty, or hold no pictures, are errors with a way out', async () => {
    const { folder, inside } = await dataset({});
    const empty = await scan(folder);
    expect(empty.findings).toMatchObject([{ code: 'folders/empty', path: inside }]);
    await rm(inside, { recursive: true });
    await expect(scan(folder)).rejects.toThrow(/The folder holds no pictures.*Put pictures/s);
    const text = await dataset({ 'notes.txt': 'x', 'data.json': '{}' });
    expect((await scan(text.folder)).images).toEqual([]);
  });

  test('with links that lead nowhere, folders named like pictures and odd names are scanned to the end', async () => {
    const { folder, inside } = await dataset({ 'ünï – 猫.png': await noise(256, 256).png().toBuffer() });
    await symlink(join(inside, 'gone.png'), join(inside, 'link.png'));
    await mkdir(join(inside, 'folder.png'));
    const found = await scan(folder);
    expect(found.images.map(({ path }) => path)).toEqual([join(inside, 'ünï – 猫.png')]);
    expect(found.leftOut).toBe(0);
  });

  test('with files that may not be read are scanned to the end', async (context) => {
    if (process.getuid?.() === 0 || process.platform === 'win32') context.skip('this user may read everything');
    const good = await noise(256, 256).png().toBuffer();
    const { folder, inside } = await dataset({ 'a.png': good, 'b.png': await noise(256, 256).png().toBuffer() });
    await chmod(join(inside, 'a.png'), 0);
    const found = await scan(folder);
    expect(found.findings.map(({ code }) => code)).toContain('images/unreadable');
    expect(found.images).toHaveLength(1);
  });

  test('a file that vanished or became a folder after the scan is an error with its name', async () => {
    const gone = join(root, 'gone.png');
    expect(await loadError(gone)).toBe('file/missing');
    await mkdir(gone);
    expect(await loadError(gone)).toBe('images/unreadable');
  });
});
