import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { scanDataset } from '../../../trainer/data/scan.ts';
import { machineFiles } from '../../../trainer/platform/files.ts';
import { createPictures } from '../../../trainer/platform/pictures.ts';
import { DEFAULT_BUCKETS } from '../../support/buckets.ts';

test('the sample dataset has nine captioned pictures and nothing to complain about', async () => {
  const folder = fileURLToPath(new URL('../../../assets/sample-dataset', import.meta.url));
  const files = machineFiles();
  const dataset = await scanDataset(files, createPictures(), {
    train: { folder },
    captionExtension: '.txt',
    wildcards: false,
    buckets: { ...DEFAULT_BUCKETS, resolution: { width: 256, height: 256 } },
  });
  expect(dataset.findings).toEqual([]);
  expect(dataset.images).toHaveLength(9);
  for (const image of dataset.images) {
    expect(image).toMatchObject({ repeats: 10, captionFrom: 'file', width: 256, height: 256 });
    expect(image.caption).toMatch(/^a sks cat /);
  }
  // MIT asks that its text goes with the pictures.
  expect(Buffer.from(await files.read(files.join(folder, 'LICENSE'))).toString()).toMatch(/Microsoft.*MIT License/s);
});
