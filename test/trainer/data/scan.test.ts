import { describe, expect, test } from 'vitest';
import { UserError } from '../../../trainer/base/errors.ts';
import type { PictureFacts, Pictures } from '../../../trainer/base/ports.ts';
import type { Dataset, ScanOptions } from '../../../trainer/data/dataset.ts';
import { requireImages } from '../../../trainer/data/dataset.ts';
import { parseFolderName } from '../../../trainer/api/dataset-files.ts';
import { scanDataset } from '../../../trainer/data/scan.ts';
import { memoryFiles } from '../../support/memory-files.ts';
import { DEFAULT_BUCKETS } from '../../support/buckets.ts';

type Tree = Record<string, string | Uint8Array>;

/** A picture file of the tests is JSON: what `inspect` is to say about it, beyond a plain 512 x 512 PNG. */
const picture = (facts: Partial<PictureFacts> = {}): string => JSON.stringify(facts);
let distinct = 0;
/** The same, but no two have the same content. */
const another = (facts: Partial<PictureFacts> = {}): string => JSON.stringify({ ...facts, n: distinct++ });

async function scan(tree: Tree, change: Partial<ScanOptions> = {}): Promise<Dataset> {
  const files = memoryFiles(tree);
  const pictures: Pictures = {
    inspect: async (path) => {
      const text = Buffer.from(await files.read(path)).toString();
      if (!text.startsWith('{')) {
        throw new UserError({
          code: 'images/truncated',
          what: 'The picture is cut off',
          where: path,
          fix: 'Copy it again.',
        });
      }
      const plain = { width: 512, height: 512, format: 'png', hasAlpha: false, bitsPerChannel: 8 };
      const rest = { frames: 1, rotatedByExif: false, colourSpace: 'srgb' };
      return { ...plain, ...rest, ...(JSON.parse(text) as Partial<PictureFacts>) };
    },
    load: () => Promise.reject(new Error('a scan decodes nothing')),
    loadSmall: () => Promise.reject(new Error('a scan decodes nothing')),
    encodePng: () => Promise.reject(new Error('a scan writes nothing')),
  };
  return scanDataset(files, pictures, {
    train: { folder: '/data' },
    captionExtension: '.txt',
    wildcards: false,
    buckets: { ...DEFAULT_BUCKETS, resolution: { width: 512, height: 512 } },
    ...change,
  });
}

function refusalToTrain(dataset: Dataset): string {
  try {
    requireImages(dataset, '/data');
    return 'accepted';
  } catch (error) {
    return error instanceof UserError ? `${error.report.code}: ${error.message}` : String(error);
  }
}

function refused(refusal: string, code: string, text: RegExp): void {
  expect(refusal.slice(0, refusal.indexOf(':'))).toBe(code);
  expect(refusal).toMatch(text);
}

const codes = (dataset: Dataset) => dataset.findings.map((found) => found.code);
/** Sentence and fix of the one finding with the code. */
function sentence(dataset: Dataset, code: string): string {
  const found = dataset.findings.filter((one) => one.code === code);
  expect(found).toHaveLength(1);
  return `${found[0]?.severity} ${found[0]?.path}: ${found[0]?.sentence}. ${found[0]?.fix}`;
}
/** The error that a scan ends with: its code, a colon, its text. */
async function refusal(tree: Tree, change: Partial<ScanOptions> = {}): Promise<string> {
  return scan(tree, change).then(
    () => 'accepted',
    (error: unknown) => (error instanceof UserError ? `${error.report.code}: ${error.message}` : String(error)),
  );
}

describe('the name of a folder', () => {
  test('is repeats and class tokens, cut at the first underscore', () => {
    expect(parseFolderName('40_sks dog')).toEqual({ repeats: 40, classTokens: 'sks dog' });
    expect(parseFolderName('5_a_b')).toEqual({ repeats: 5, classTokens: 'a_b' });
    expect(parseFolderName('7')).toEqual({ repeats: 7, classTokens: '' });
    expect(['cat', 'x_10', '1.5_cat', '_cat', '10cat_x'].map(parseFolderName)).toEqual(Array(5).fill(undefined));
  });
});

describe('a folder of folders', () => {
  test('gives each picture its repeats, its caption and its bucket', async () => {
    const dataset = await scan(
      {
        '/data/10_sks cat/a.png': another(),
        '/data/10_sks cat/a.txt': 'sks cat on a sofa\nnotes',
        '/data/10_sks cat/b.JPG': another({ width: 800, height: 600, format: 'jpeg' }),
        '/data/2_sks dog/c.webp': another({ format: 'webp' }),
        '/reg/1_cat/r.png': another(),
      },
      { regularisation: { folder: '/reg' } },
    );
    const shown = dataset.images.map(({ path, repeats, caption, captionFrom, isRegularisation, placement }) => [
      path,
      repeats,
      caption,
      captionFrom,
      isRegularisation,
      `${placement.bucket.width}x${placement.bucket.height}`,
    ]);
    expect(shown).toEqual([
      ['/data/10_sks cat/a.png', 10, 'sks cat on a sofa', 'file', false, '512x512'],
      ['/data/10_sks cat/b.JPG', 10, 'sks cat', 'folder', false, '576x448'],
      ['/data/2_sks dog/c.webp', 2, 'sks dog', 'folder', false, '512x512'],
      ['/reg/1_cat/r.png', 1, 'cat', 'folder', true, '512x512'],
    ]);
    expect(dataset.subsets.map(({ name, imageCount }) => [name, imageCount])).toEqual([
      ['10_sks cat', 2],
      ['2_sks dog', 1],
      ['1_cat', 1],
    ]);
    expect(dataset.leftOut).toBe(0);
  });

  test('is told about folders and pictures that do not count', async () => {
    const dataset = await scan({
      '/data/10_cat/a.png': another(),
      '/data/10_cat/more/b.png': another(),
      '/data/10_cat/.removed/b.png': another(),
      '/data/10_cat/c.heic': 'x',
      '/data/10_cat/.hidden.png': 'x',
      '/data/10_cat/Thumbs.db': 'x',
      '/data/dogs/d.png': another(),
      '/data/0_birds/e.png': another(),
      '/data/2024_holiday/f.png': another(),
      '/data/3_empty/': '',
      '/data/loose.png': another(),
    });
    // What was set aside or removed lies hidden, and is nobody's mistake.
    expect(sentence(dataset, 'folders/nested')).toMatch(
      /^warning \/data\/10_cat\/more: .*not used \(1 here\).*Move them up/,
    );
    expect(sentence(dataset, 'images/extension')).toMatch(/c\.heic: .*\(\.heic\) are not used.*Save it as PNG/);
    expect(sentence(dataset, 'folders/many-repeats')).toMatch(/2024 times an epoch.*"10_holiday"/);
    expect(sentence(dataset, 'folders/loose-images')).toMatch(/^warning \/data: 1 picture lies beside .*"10_cat"/);
    expect(sentence(dataset, 'folders/empty')).toMatch(/3_empty: The folder holds no pictures/);
    const skipped = dataset.findings.filter((found) => found.code === 'folders/no-repeats');
    expect(skipped.map(({ sentence: said, fix }) => said + fix)).toEqual([
      expect.stringMatching(/asks for 0 repeats.*"10_birds"/),
      expect.stringMatching(/does not start with a number of repeats.*"10_dogs"/),
    ]);
    expect(dataset.images.map((image) => image.path)).toEqual(['/data/10_cat/a.png', '/data/2024_holiday/f.png']);
  });
});

describe('a plain folder', () => {
  const plain = { train: { folder: '/cats', plain: { prompt: 'photo of sks cat', repeats: 3 } } };

  test('is used as it is when instance_prompt is given', async () => {
    const dataset = await scan({ '/cats/a.png': another(), '/cats/b.png': another(), '/cats/b.txt': 'my cat' }, plain);
    expect(dataset.images.map(({ caption, repeats }) => [caption, repeats])).toEqual([
      ['photo of sks cat', 3],
      ['my cat', 3],
    ]);
  });

  test('that holds folders with repeats instead is refused with the way out', async () => {
    refused(
      await refusal({ '/cats/10_sks cat/a.png': picture() }, plain),
      'data/parent-folder-given',
      /.*none, only folders such as "10_sks cat".*Remove instance_prompt/s,
    );
    refused(await refusal({ '/cats/notes.txt': 'x' }, plain), 'data/no-images', /holds no pictures/);
  });
});

describe('the wrong folder', () => {
  test('when it is the folder of pictures: choose its parent, or set instance_prompt', async () => {
    const inside = await refusal({ '/data/a.png': picture(), '/data/b.png': picture() });
    refused(inside, 'data/image-folder-given', /The folder holds 2 pictures itself.*in \/data.*Set instance_prompt/s);
    expect(inside).toContain('"10_data"');
    const named = await refusal({ '/x/10_cat/a.png': picture() }, { train: { folder: '/x/10_cat' } });
    expect(named).toMatch(/holds a picture itself.*Choose the folder around it, \/x, or set instance_prompt/s);
  });

  test('when no folder in it has repeats: how to name them', async () => {
    refused(
      await refusal({ '/data/cats/a.png': picture(), '/data/dogs/b.png': picture() }),
      'data/no-repeats-folder',
      /None of the folders.*"cats", "dogs".*"10_cats"/s,
    );
  });

  test('when a date reads as more repeats than memory holds: how to name it', async () => {
    refused(
      await refusal({ '/data/20240131_cat/a.png': picture() }),
      'data/no-repeats-folder',
      /None of the folders.*with 1 to 100000 repeats: "20240131_cat".*"10_cat"/s,
    );
    const dataset = await scan({ '/data/20240131_cat/a.png': another(), '/data/10_dog/b.png': another() });
    expect(dataset.subsets.map(({ name }) => name)).toEqual(['10_dog']);
    expect(sentence(dataset, 'folders/no-repeats')).toMatch(/asks for 20240131 repeats .*Rename it to "10_cat"/);
  });

  test('when it is one level too high: which one to choose', async () => {
    refused(
      await refusal({ '/data/img/10_cat/a.png': picture(), '/data/log/': '' }),
      'data/no-repeats-folder',
      /.*but "img" holds "10_cat".*Choose \/data\/img instead/s,
    );
  });

  test('when it is missing, a file, or empty', async () => {
    refused(await refusal({ '/other/': '' }), 'data/folder-missing', /There is no such folder.*train_data_dir/s);
    refused(await refusal({ '/data': 'x' }), 'data/not-a-folder', /train_data_dir names a file/);
    refused(await refusal({ '/data/': '' }), 'data/no-images', /The folder holds no pictures.*png, jpg/s);
    const tree = { '/data/1_a/a.png': picture() };
    expect(await refusal(tree, { regularisation: { folder: '/reg' } })).toMatch(/folder-missing.*reg_data_dir/s);
  });

  test('but not where class images are still to be made: what lies there is told and stays unused', async () => {
    const tree = { '/data/1_a/a.png': another(), '/data/1_a/a.txt': 'a cat' };
    const regularisation = { folder: '/reg', mayBeEmpty: true } as const;
    for (const nothing of ['/other/', '/reg/', '/reg/.git/x/', '/reg/.removed/r.png']) {
      const dataset = await scan({ ...tree, [nothing]: '' }, { regularisation });
      expect([dataset.images.length, codes(dataset)], nothing).toEqual([1, []]);
    }
    const misnamed = await scan(
      { ...tree, '/reg/dogs/r.png': another(), '/reg/@eaDir/': '', '/reg/loose.png': another() },
      { regularisation },
    );
    expect(codes(misnamed)).toEqual(['folders/no-repeats', 'folders/no-repeats', 'folders/loose-images']);
    expect(sentence(misnamed, 'folders/loose-images')).toContain(
      'Move it into a folder with repeats, such as "1_dog".',
    );
    expect(misnamed.images).toHaveLength(1);
    expect(await refusal({ ...tree, '/reg/dogs/r.png': another() }, { regularisation: { folder: '/reg' } })).toMatch(
      /^data\/no-repeats-folder/,
    );
  });

  test('when nothing in it can be used: why, before training starts', async () => {
    const dataset = await scan({ '/data/1_a/a.png': 'broken', '/data/1_a/b.png': 'broken' });
    refused(
      refusalToTrain(dataset),
      'data/no-usable-images',
      /None of the pictures can be used; \/data\/1_a\/a.png: The picture is cut off/,
    );
    expect(dataset.leftOut).toBe(2);
  });
});

describe('captions in a folder', () => {
  test('with another extension than asked for are pointed out', async () => {
    const tree: Tree = {};
    for (let i = 0; i < 12; i++) {
      tree[`/data/1_cat/${i}.png`] = another();
      tree[`/data/1_cat/${i}.txt`] = 'a cat';
    }
    const dataset = await scan(tree, { captionExtension: 'caption' });
    expect(sentence(dataset, 'captions/other-extension')).toMatch(
      /caption_extension is \.caption, and there are no \.caption captions here, but 12 \.txt files beside pictures\. Set caption_extension to \.txt/,
    );
  });

  test('that are missing fall back to the folder name, or are warned about', async () => {
    const named = await scan({
      '/data/1_cat/a.png': another(),
      '/data/1_cat/a.txt': 'x',
      '/data/1_cat/b.png': another(),
    });
    expect(sentence(named, 'folders/from-name')).toMatch(
      /^info .*1 picture of 2 without a caption of its own: "cat" is used/,
    );
    const nameless = await scan({ '/data/10/a.png': another() });
    expect(sentence(nameless, 'captions/missing')).toMatch(
      /^warning .*No picture has a caption.*gives none.*"10_sks cat"/,
    );
    expect(nameless.images[0]).toMatchObject({ caption: '', captionFrom: 'nothing' });
  });

  test('in UTF-16 leave their picture out, and say how to save them', async () => {
    const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('a cat', 'utf16le')]);
    const dataset = await scan({ '/data/1_cat/a.png': another(), '/data/1_cat/a.txt': utf16 });
    expect(sentence(dataset, 'captions/encoding')).toMatch(
      /^error \/data\/1_cat\/a\.txt: .*not UTF-8.*UTF-16 \(little-endian\).*a\.png is left out.*save it with encoding "UTF-8"/,
    );
    expect([dataset.images.length, dataset.leftOut]).toEqual([0, 1]);
  });

  test('of a megabyte leave their picture out', async () => {
    const dataset = await scan({ '/data/1_cat/a.png': another(), '/data/1_cat/a.txt': 'cat '.repeat(2 ** 18) });
    expect(sentence(dataset, 'captions/too-long')).toMatch(/^error .*1,048,576 bytes.*a\.png is left out/);
    expect(dataset.leftOut).toBe(1);
  });

  test('that are empty stay empty, with a warning', async () => {
    const dataset = await scan({ '/data/1_cat/a.png': another(), '/data/1_cat/a.txt': ' \n' });
    expect(sentence(dataset, 'captions/empty')).toMatch(/^warning .*trained without any.*delete the file to use "cat"/);
    expect(dataset.images[0]).toMatchObject({ caption: '', captionFrom: 'file' });
  });

  test('without a picture, or shared by two, are named', async () => {
    const dataset = await scan({
      '/data/1_cat/a.png': another(),
      '/data/1_cat/a.jpg': another({ format: 'jpeg' }),
      '/data/1_cat/a.txt': 'a cat',
      '/data/1_cat/old.txt': 'gone',
    });
    expect(sentence(dataset, 'captions/no-picture')).toMatch(/1 caption without a picture: old\.txt/);
    expect(sentence(dataset, 'captions/shared')).toMatch(/a\.jpg, a\.png share one caption, a\.txt/);
  });

  test('are found whatever the case of their extension', async () => {
    const dataset = await scan({ '/data/1_cat/a.png': another(), '/data/1_cat/a.TXT': 'a cat' });
    expect(dataset.images[0]?.caption).toBe('a cat');
    expect(codes(dataset)).toEqual([]);
  });
});

describe('pictures', () => {
  test('that can not be read are left out and the others are used', async () => {
    const dataset = await scan({ '/data/1_cat/a.png': 'broken', '/data/1_cat/b.png': another() });
    expect(sentence(dataset, 'images/truncated')).toBe(
      'error /data/1_cat/a.png: The picture is cut off. Copy it again.',
    );
    expect(dataset.images.map((image) => image.path)).toEqual(['/data/1_cat/b.png']);
  });

  test('of odd kinds are used and explained', async () => {
    const cases: [string, Partial<PictureFacts>, RegExp][] = [
      ['images/alpha', { hasAlpha: true }, /^info .*Transparent parts become white/],
      ['images/animated', { frames: 12 }, /^warning .*12 frames.*first frame/],
      ['images/cmyk', { colourSpace: 'cmyk' }, /^info .*CMYK.*converted to sRGB/],
      ['images/mislabelled', { format: 'jpeg' }, /^info .*ends in \.png, but the content is JPEG/],
      ['images/rotated', { rotatedByExif: true }, /^info .*EXIF.*trained upright/],
      ['images/sixteen-bit', { bitsPerChannel: 16 }, /^info .*more than 8 bits/],
      [
        'images/enlarged',
        { width: 100, height: 100 },
        /^warning .*100 x 100 pixels and is enlarged 5\.1 times.*512x512/,
      ],
      // 6000x512 in the widest bucket 1024x256: height fits, width 3000 of which 1024 remain.
      ['images/cropped', { width: 6000, height: 512 }, /^warning .*66 % of the picture is cut off/],
    ];
    for (const [code, facts, expected] of cases) {
      const buckets = { ...DEFAULT_BUCKETS, maximum: 1024, resolution: { width: 512, height: 512 } };
      const dataset = await scan({ '/data/1_cat/a.png': picture(facts), '/data/1_cat/a.txt': 'cat' }, { buckets });
      expect(codes(dataset)).toEqual([code]);
      expect(sentence(dataset, code)).toMatch(expected);
      expect(dataset.images).toHaveLength(1);
    }
  });

  test('that would be enlarged name the setting that keeps them small', async () => {
    const tree = { '/data/1_cat/a.png': picture({ width: 128, height: 128 }), '/data/1_cat/a.txt': 'cat' };
    const [found] = (await scan(tree)).findings;
    expect(found?.remedy).toEqual({ label: "Don't upscale bucket resolution", set: { bucket_no_upscale: true } });
    const buckets = { ...DEFAULT_BUCKETS, noUpscale: true, resolution: { width: 512, height: 512 } };
    expect(codes(await scan(tree, { buckets }))).toEqual([]);
  });

  test('too small to train on are left out', async () => {
    const tree = {
      '/data/1_cat/a.png': picture({ width: 1, height: 1 }),
      '/data/1_cat/b.png': picture({ width: 60, height: 500 }),
    };
    const enlarging = await scan(tree);
    expect(sentence(enlarging, 'images/too-small')).toMatch(/^error .*a\.png: The picture has 1 x 1 pixels, too few/);
    const buckets = { ...DEFAULT_BUCKETS, noUpscale: true, resolution: { width: 512, height: 512 } };
    const keeping = await scan(tree, { buckets });
    expect(keeping.findings.filter((found) => found.code === 'images/too-small')).toHaveLength(2);
    expect(() => requireImages(keeping, '/data')).toThrow(/None of the pictures can be used/);
  });

  test('data/no-images: folders of repeats without a picture are told so, captions or not', async () => {
    const dataset = await scan({ '/data/1_cat/a.txt': 'a cat' });
    expect(() => requireImages(dataset, '/data')).toThrow(/^The folders in here hold no pictures/);
  });

  test('that are there twice are named, and only pictures of the same size in bytes are read for it', async () => {
    const dataset = await scan({
      '/data/1_cat/a.png': picture({ width: 600 }),
      '/data/1_cat/b.png': picture({ width: 601 }),
      '/data/1_cat/c.png': picture({ width: 600 }),
      '/data/1_cat/d.png': picture({ width: 1024, height: 1024 }),
    });
    expect(sentence(dataset, 'images/duplicate')).toMatch(/c\.png: The picture is the same as \/data\/1_cat\/a\.png/);
    expect(dataset.images).toHaveLength(4);
  });
});
