import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCommandLine } from '../../../trainer/cli/program.ts';
import type { DatasetReport } from '../../../trainer/data/report.ts';
import { fakeTerminal } from './fake-terminal.ts';

const SAMPLE = fileURLToPath(new URL('../../../assets/sample-dataset', import.meta.url));

let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'scan-'));
  const folder = join(root, 'data', '3_sks cat');
  await mkdir(folder, { recursive: true });
  const picture = (width: number, height: number) =>
    sharp({ create: { width, height, channels: 3, background: { r: width % 256, g: 0, b: 0 } } });
  await writeFile(join(folder, 'a.png'), await picture(512, 512).png().toBuffer());
  await writeFile(join(folder, 'b.jpg'), await picture(800, 600).jpeg().toBuffer());
  await writeFile(join(folder, 'b.txt'), 'a sks cat on a sofa');
  await writeFile(join(folder, 'broken.png'), (await picture(400, 400).png().toBuffer()).subarray(0, 200));
  await writeFile(join(folder, 'empty.png'), '');
  await mkdir(join(root, 'bad', '1_cat'), { recursive: true });
  await writeFile(join(root, 'bad', '1_cat', 'empty.png'), '');
  await mkdir(join(root, 'nothing'));
});
afterAll(() => rm(root, { recursive: true }));

async function scan(...words: string[]) {
  const terminal = fakeTerminal();
  const code = await runCommandLine(['scan', ...words], terminal);
  return { code, ...terminal.written };
}

describe('the scan command', () => {
  test('shows images, captions, buckets and steps, and what is wrong', async () => {
    const { code, out, error } = await scan(join(root, 'data'), '--set', 'max_train_epochs=2');
    expect({ code, error }).toEqual({ code: 0, error: '' });
    expect(out).toContain('Images: 2 to train on, 2 left out\n');
    expect(out).toContain("Captions: 1 from files, 1 from the folder's name, 0 empty\n");
    expect(out).toMatch(/^3_sks cat +3 +2$/m);
    expect(out).toMatch(/^512x512 +1 +3 +3$/m);
    expect(out).toMatch(/^576x448 +1 +3 +3$/m);
    expect(out).toContain(
      'An epoch shows 6 pictures, repeats included, in 6 batches of up to 1. 12 steps are 2 epochs.\n',
    );
    expect(out).toMatch(
      /Left out:\n {2}.*broken\.png\n {4}The picture is cut off or damaged\.\n {4}Copy or download it again/,
    );
    expect(out).toMatch(/empty\.png\n {4}The file has no bytes\./);
    expect(out).toMatch(/Good to know:\n {2}.*3_sks cat\n {4}.*"sks cat" is used\./);
  });

  test('prints the same as JSON', async () => {
    const { code, out } = await scan(join(root, 'data'), '--json', '--set', 'train_batch_size=2');
    expect(code).toBe(0);
    expect(JSON.parse(out) as DatasetReport).toMatchObject({
      trainingImages: 2,
      leftOut: 2,
      captions: { fromFiles: 1, fromFolderName: 1, none: 0 },
      buckets: [
        { width: 512, height: 512, images: 1, samples: 3, batches: 2 },
        { width: 576, height: 448, images: 1, samples: 3, batches: 2 },
      ],
      steps: { trainingSamples: 6, batchesPerEpoch: 4, totalSteps: 1600, epochs: 400 },
      findingCounts: { error: 2, warning: 0, info: 1 },
    });
  });

  test('finds nothing wrong with the sample dataset', async () => {
    const { out } = await scan(SAMPLE, '--set', 'resolution=256');
    expect(out).toContain('Images: 9 to train on, 0 left out\n');
    expect(out).toMatch(/\n\nNothing is wrong\.\n$/);
  });

  test('reads a folder of pictures as well, and says what training would need', async () => {
    const { code, out } = await scan(join(SAMPLE, '10_sks cat'), '--set', 'resolution=256');
    expect(code).toBe(0);
    expect(out).toMatch(/^10_sks cat +10 +9$/m);
    expect(out).toMatch(/Worth a look:.*holds 9 pictures itself.*Choose the folder around it.*or set instance_prompt/s);
  });

  test('names five files of a kind and counts the rest', async () => {
    const { out } = await scan(SAMPLE, '--set', 'resolution=1024');
    expect(out.match(/is enlarged 4\.0 times/g)).toHaveLength(5);
    expect(out.match(/It will look soft/g)).toHaveLength(1);
    expect(out).toContain('\n  and 4 more like these\n');
  });

  test('counts regularisation pictures', async () => {
    const { out } = await scan(join(root, 'data'), '--set', `reg_data_dir=${SAMPLE}`, '--set', 'resolution=256');
    expect(out).toContain('Images: 2 to train on, 9 for regularisation (8 more than needed, not used), 2 left out\n');
    expect(out).toContain('An epoch shows 6 + 10 pictures, repeats included');
  });

  test('ends with an error if there is nothing to train on', async () => {
    const bad = await scan(join(root, 'bad'));
    expect(bad.code).toBe(1);
    expect(bad.out).toContain('Images: 0 to train on, 1 left out\n');
    expect(bad.error).toMatch(/^Error: None of the pictures can be used; .*empty\.png: The file has no bytes\./);
    const nothing = await scan(join(root, 'nothing'), '--json');
    expect([nothing.code, nothing.out]).toEqual([1, '']);
    expect(JSON.parse(nothing.error)).toMatchObject({
      error: { code: 'data/no-images', where: join(root, 'nothing') },
    });
  });

  test('refuses settings as train does', async () => {
    const { code, error } = await scan(SAMPLE, '--set', 'resolutoin=256');
    expect(code).toBe(1);
    expect(error).toContain('Did you mean "resolution"?');
    expect((await scan(SAMPLE, '--set', 'resolution=2048')).error).toContain('above max_bucket_reso = 1024');
  });
});
