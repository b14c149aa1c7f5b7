/**
 * How many class images a job wants and of which sizes, counted by hand.
 */
import { describe, expect, test } from 'vitest';
import { parseJob, type Job } from '../../../../trainer/api/job/index.ts';
import { must } from '../../../../trainer/base/errors.ts';
import { epochRepeats } from '../../../../trainer/data/batches.ts';
import { createPlacer } from '../../../../trainer/data/buckets.ts';
import type { Dataset, DatasetImage } from '../../../../trainer/data/dataset.ts';
import { bucketOptionsOf } from '../../../../trainer/data/options.ts';
import { withAwaited } from '../../../../trainer/train/class-images/awaited.ts';
import { othersInWalk } from '../../../../trainer/train/class-images/walk.ts';
import { wantedCount, wantedSizes } from '../../../../trainer/train/class-images/wanted.ts';

const LEAST = { pretrained_model_name_or_path: '/sd.safetensors', train_data_dir: '/in', output_dir: '/out' };
const job = (settings: object = {}): Job =>
  parseJob({ ...LEAST, resolution: 512, reg_data_dir: '/reg', class_prompt: 'a dog', ...settings }, 'the test');

const place = createPlacer(bucketOptionsOf(job()));

interface Given {
  readonly repeats?: number;
  readonly path?: string;
  readonly subset?: number;
}

/** Of the subject, or with a path in /reg a regularisation image. */
function image(width: number, height: number, { repeats = 1, path = '/in/1_dog/a.png', subset = 0 }: Given = {}) {
  const facts = { path, width, height, bytes: 1, caption: '', captionFrom: 'nothing', subset, repeats } as const;
  const placement = must(place({ width, height }), 'a placement');
  return { ...facts, isRegularisation: path.startsWith('/reg'), placement } satisfies DatasetImage;
}

const square = (given: Given = {}): DatasetImage => image(512, 512, given);
const wide = (given: Given = {}): DatasetImage => image(800, 600, given);

const DIGESTS = ['0123456789abcdef', '123456789abcdef0', '23456789abcdef01'];
const ownName = (index: number): string => `class-00000${index}-${DIGESTS[index]}.png`;

/** Folders in the order of a scan: the subject's, then those in /reg. */
function datasetOf(images: readonly DatasetImage[]): Dataset {
  const folders = ['/in/1_dog', '/reg/1_a cat', '/reg/2_a dog', '/reg/3_a fox'];
  const subsets = folders.map((folder) => ({
    folder,
    name: folder.slice(folder.lastIndexOf('/') + 1),
    repeats: 1,
    classTokens: '',
    isRegularisation: folder.startsWith('/reg'),
    imageCount: 0,
  }));
  return { subsets, images, findings: [], leftOut: 0 };
}

const cat = square({ path: '/reg/1_a cat/x.png', subset: 1 });
const early = square({ path: '/reg/2_a dog/Rex.png', subset: 2, repeats: 2 });
const late = square({ path: '/reg/2_a dog/rex.png', subset: 2, repeats: 2 });
const fox = square({ path: '/reg/3_a fox/x.png', subset: 3, repeats: 3 });
const own = (index: number): DatasetImage => square({ path: `/reg/2_a dog/${ownName(index)}`, subset: 2, repeats: 2 });

describe('how many', () => {
  const images = [square({ repeats: 3 }), wide({ repeats: 4 })];

  test.each([
    ['5', 1, 5],
    ['5', 3, 5],
    // Images, not samples: repeats of the subject's folder do not count.
    ['200 per image', 1, 400],
    // 3 + 4 samples an epoch; each class image is shown as often as its folder says.
    ['as used', 1, 7],
    ['as used', 2, 4],
    ['as used', 10, 1],
  ])('%j with %i repeats of the class folder are %i', (num_class_images, repeats, expected) => {
    expect(wantedCount(job({ num_class_images }), images, { repeats, before: [] })).toBe(expected);
  });

  test('"as used" are those that an epoch reaches after the regularisation images before them', () => {
    const asUsed = (before: readonly DatasetImage[]): number =>
      wantedCount(job({ num_class_images: 'as used' }), images, { repeats: 2, before });
    // 7 samples: 1 and 2 of others leave 4, by two; 3 each leave none.
    expect(asUsed([cat, early])).toBe(2);
    expect(asUsed([fox, fox, fox])).toBe(0);
    // Where they are there, the walk reaches each of them.
    const counts = epochRepeats([...images, cat, early, own(0), own(1), late, fox]);
    expect(counts.slice(4)).toEqual([2, 2, 0, 0]);
  });
});

test('class images stand among the others by folder, then by name', () => {
  const dataset = datasetOf([square(), cat, early, own(0), own(1), late, fox]);
  expect(othersInWalk(dataset, { name: '2_a dog' })).toEqual({ before: [cat, early], after: [late, fox] });
  expect(othersInWalk(dataset, { name: '1_a bird' })).toMatchObject({ before: [] });
});

test('a dataset is counted with the class images that are wanted, where an epoch comes to them', () => {
  const dataset = datasetOf([square(), cat, own(2), late]);
  const size = { width: 512, height: 512 };
  const missing = { name: ownName(1), index: 1, seed: 0, facts: '', ...size };
  const present = {
    name: ownName(0),
    digest: DIGESTS[0] ?? '',
    file: `/reg/2_a dog/${ownName(0)}`,
    isAside: true,
    ...size,
  };
  const folder = { folder: '/reg/2_a dog', name: '2_a dog', repeats: 2 };
  const { images } = withAwaited(job(), dataset, { place: folder, present: [present], missing: [missing] });
  expect(images.map(({ path, repeats }) => [path, repeats])).toEqual([
    ['/in/1_dog/a.png', 1],
    ['/reg/1_a cat/x.png', 1],
    [ownName(0), 2],
    [ownName(1), 2],
    ['/reg/2_a dog/rex.png', 2],
  ]);
});

describe('of which sizes', () => {
  const shown = (settings: object, images: readonly DatasetImage[], count: number): string =>
    wantedSizes(job(settings), images, count)
      .map(({ width, height }) => `${width}x${height}`)
      .join(' ');

  test('the buckets of the subject, as often as these come up, and mixed from the first on', () => {
    expect(shown({}, [square(), wide()], 4)).toBe('512x512 576x448 512x512 576x448');
    // 6 samples to 2.
    expect(shown({}, [square({ repeats: 6 }), wide({ repeats: 2 })], 8)).toBe(
      '512x512 512x512 576x448 512x512 512x512 512x512 576x448 512x512',
    );
    expect(shown({}, [wide()], 2)).toBe('576x448 576x448');
  });

  test('the one that is asked for, in whole latent cells', () => {
    expect(shown({ class_size: '300,260' }, [square(), wide()], 2)).toBe('296x256 296x256');
  });

  test('the first are the same, however many', () => {
    const images = [square({ repeats: 5 }), wide({ repeats: 2 })];
    expect(shown({}, images, 20).startsWith(shown({}, images, 9))).toBe(true);
  });
});
