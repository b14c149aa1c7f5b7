import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { blurFindings, blurOf, type MeasureBlur } from '../../../trainer/data/blur.ts';
import { scanDataset } from '../../../trainer/data/scan.ts';
import { machineFiles } from '../../../trainer/platform/files.ts';
import { createPictures } from '../../../trainer/platform/pictures.ts';
import { DEFAULT_BUCKETS } from '../../support/buckets.ts';

const folder = fileURLToPath(new URL('../../../assets/sample-dataset', import.meta.url));
const pictures = createPictures();
const measure: MeasureBlur = async (path, side) => blurOf(await pictures.loadSmall(path, side));

test('the sample dataset has nine captioned pictures and nothing to complain about', async () => {
  const files = machineFiles();
  const dataset = await scanDataset(files, pictures, {
    train: { folder },
    captionExtension: '.txt',
    wildcards: false,
    buckets: { ...DEFAULT_BUCKETS, resolution: { width: 256, height: 256 } },
  });
  expect([...dataset.findings, ...(await blurFindings(measure, dataset))]).toEqual([]);
  expect(dataset.images).toHaveLength(9);
  for (const image of dataset.images) {
    expect(image).toMatchObject({ repeats: 10, captionFrom: 'file', width: 256, height: 256 });
    expect(image.caption).toMatch(/^a sks cat /);
  }
  // MIT asks that its text goes with the pictures.
  expect(Buffer.from(await files.read(files.join(folder, 'LICENSE'))).toString()).toMatch(/Microsoft.*MIT License/s);
});

test('its pictures look blurred after a blur of two pixels, and not after one of one', async () => {
  const place = await mkdtemp(join(tmpdir(), 'blurred-'));
  try {
    const original = join(folder, '10_sks cat', 'smiling.png');
    const blurs = [];
    for (const deviation of [1, 2, 3]) {
      const file = join(place, `${deviation}.png`);
      await sharp(original).blur(deviation).toFile(file);
      blurs.push(await measure(file, 256));
    }
    expect(await measure(original, 256)).toBeLessThan(0.3);
    expect(blurs[0]).toBeLessThan(0.5);
    for (const blur of blurs.slice(1)) expect(blur).toBeGreaterThan(0.6);
  } finally {
    await rm(place, { recursive: true });
  }
});
