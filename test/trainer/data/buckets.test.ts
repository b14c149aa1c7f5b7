import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { BucketOptions } from '../../../trainer/data/buckets.ts';
import {
  bucketSizes,
  centreCrop,
  checkBucketOptions,
  createPlacer,
  randomCrop,
  sizeCondition,
} from '../../../trainer/data/buckets.ts';
import type { PictureSize } from '../../../trainer/base/ports.ts';
import { must, UserError } from '../../../trainer/base/errors.ts';
import { DEFAULT_BUCKETS } from '../../support/buckets.ts';

type Pair = [number, number];
interface Case {
  image: Pair;
  bucket: Pair;
  resized: Pair;
  ar_error?: number;
}
interface Golden {
  lists_wh: Record<string, Pair[]>;
  select_bucket_upscale_512: Case[];
  select_bucket_upscale_1024_256_2048: Case[];
  select_bucket_no_upscale_512_step64: Case[];
  select_bucket_no_upscale_1024_step64: Case[];
}
const golden = JSON.parse(
  readFileSync(new URL('../../golden/data/schedulers/buckets.json', import.meta.url), 'utf8'),
) as Golden;

const pair = (size: PictureSize): Pair => [size.width, size.height];
const size = (text: string): PictureSize => {
  const [width, height] = text.split('x').map(Number);
  return { width: must(width, 'width'), height: must(height, 'height') };
};
const options = (resolution: string, change: Partial<BucketOptions> = {}): BucketOptions => ({
  ...DEFAULT_BUCKETS,
  resolution: size(resolution),
  ...change,
});
const place = (picture: PictureSize, chosen: BucketOptions) => must(createPlacer(chosen)(picture), 'placement');

describe('the list of buckets', () => {
  // Each name says the options: "<side or WxH>_min<a>_max<b>_step<c>".
  for (const [name, expected] of Object.entries(golden.lists_wh)) {
    test(`equals sd-scripts' for ${name}`, () => {
      const [, resolution, minimum, maximum, step] = must(/^([\dx]+)_min(\d+)_max(\d+)_step(\d+)/.exec(name), name);
      const wide = must(resolution, 'resolution');
      const list = bucketSizes(
        options(wide.includes('x') ? wide : `${wide}x${wide}`, {
          minimum: Number(minimum),
          maximum: Number(maximum),
          step: Number(step),
        }),
      );
      expect(list.map(pair)).toEqual(expected);
    });
  }

  test('has one entry, the resolution, when buckets are off', () => {
    expect(bucketSizes(options('640x448', { enabled: false })).map(pair)).toEqual([[640, 448]]);
  });

  test('rounds a minimum down and a maximum up to the step', () => {
    const rounded = bucketSizes(options('512x512', { minimum: 300, maximum: 1000 }));
    expect(rounded).toEqual(bucketSizes(options('512x512', { minimum: 256, maximum: 1024 })));
  });
});

describe('choosing a bucket', () => {
  const sets: [string, Case[], BucketOptions][] = [
    ['512 with enlarging', golden.select_bucket_upscale_512, options('512x512', { maximum: 1024 })],
    ['1024 with enlarging', golden.select_bucket_upscale_1024_256_2048, options('1024x1024')],
    ['512 without', golden.select_bucket_no_upscale_512_step64, options('512x512', { noUpscale: true })],
    ['1024 without', golden.select_bucket_no_upscale_1024_step64, options('1024x1024', { noUpscale: true })],
  ];
  for (const [name, cases, chosen] of sets) {
    test(`equals sd-scripts at ${name}`, () => {
      for (const { image, bucket, resized, ar_error } of cases) {
        const placed = place({ width: image[0], height: image[1] }, chosen);
        expect({ image, bucket: pair(placed.bucket), resized: pair(placed.resized) }).toEqual({
          image,
          bucket,
          resized,
        });
        // The same operations in double precision: equal to the last bit or one beside it.
        if (ar_error !== undefined) expect(placed.aspectError).toBeCloseTo(ar_error, 14);
      }
    });
  }

  // Made by running sd-scripts' own function: bucket, or bucket/resized where they differ. Columns: 512 and 1024 with
  // enlarging (256..1024 and 256..2048), each followed by the same without enlarging.
  const VECTORS = `
    1000x1500 384x640/427x640 384x576 832x1216/832x1248 832x1216/832x1248
    800x600 576x448/597x448 512x384 1152x896/1195x896 768x576/800x600
    512x768 384x640/427x640 384x576 832x1216/832x1248 512x768
    300x400 448x576/448x597 256x384/300x400 896x1152/896x1195 256x384/300x400
    1920x1080 640x384/683x384 640x384/683x384 1344x768/1365x768 1344x768/1365x768
    1024x1024 512x512 512x512 1024x1024 1024x1024
    2000x500 1024x256 1024x256 2048x512 1984x448/2000x500
    511x700 448x576/448x614 384x512/384x526 832x1216/888x1216 448x640/511x700
    1536x640 768x320 768x320 1536x640 1536x640
    100x100 512x512 64x64/100x100 1024x1024 64x64/100x100
    4000x3000 576x448/597x448 512x384 1152x896/1195x896 1088x832/1109x832
    683x1024 384x640/427x640 384x576 832x1216/832x1247 640x1024/683x1024`;
  const columns = [
    options('512x512', { maximum: 1024 }),
    options('512x512', { noUpscale: true }),
    options('1024x1024'),
    options('1024x1024', { noUpscale: true }),
  ];
  for (const row of VECTORS.trim().split('\n')) {
    const [image, ...cells] = row.trim().split(/\s+/);
    test(`places ${image} as sd-scripts does`, () => {
      const found = columns.map((chosen) => {
        const { bucket, resized } = place(size(must(image, 'image')), chosen);
        const [cut, whole] = [pair(bucket).join('x'), pair(resized).join('x')];
        return cut === whole ? cut : `${cut}/${whole}`;
      });
      expect(found).toEqual(cells);
    });
  }

  test('takes the first bucket of two that are equally far in aspect', () => {
    const chosen = options('64x128', { minimum: 64, maximum: 128, step: 64 });
    expect(bucketSizes(chosen).map(pair)).toEqual([
      [64, 64],
      [64, 128],
      [128, 64],
    ]);
    expect(pair(place({ width: 300, height: 400 }, chosen).bucket)).toEqual([64, 64]); // |1 - .75| = |.5 - .75|
  });

  test('gives nothing for a picture below one step when enlarging is off', () => {
    const placer = createPlacer(options('512x512', { noUpscale: true }));
    expect(placer({ width: 63, height: 500 })).toBeUndefined();
    expect(placer({ width: 30000, height: 20 })).toBeUndefined();
    expect(placer({ width: 1, height: 400000 })).toBeUndefined();
  });

  test('covers the bucket for any picture, and never enlarges when told not to', () => {
    const enlarging = createPlacer(options('512x512'));
    const keeping = createPlacer(options('512x512', { noUpscale: true }));
    for (let width = 1; width < 3000; width += 97) {
      for (let height = 1; height < 3000; height += 89) {
        const placed = must(enlarging({ width, height }), 'placement');
        expect(placed.resized.width).toBeGreaterThanOrEqual(placed.bucket.width);
        expect(placed.resized.height).toBeGreaterThanOrEqual(placed.bucket.height);
        const kept = keeping({ width, height });
        if (kept === undefined) continue;
        expect(kept.resized.width).toBeLessThanOrEqual(width);
        expect(kept.resized.height).toBeLessThanOrEqual(height);
        expect(kept.bucket.width * kept.bucket.height).toBeLessThanOrEqual(512 * 512);
      }
    }
  });
});

describe('cutting', () => {
  const placed = { bucket: size('448x576'), resized: size('448x597'), aspectError: 0 };

  test('takes the middle, the odd pixel left below', () => {
    expect(centreCrop(placed)).toEqual({ left: 0, top: 10, width: 448, height: 576 }); // floor(21 / 2)
  });

  test('at random reaches both ends and draws only where there is room', () => {
    const asked: number[] = [];
    const first = randomCrop(placed, { uniform: () => 0, below: (n) => (asked.push(n), n - 1) });
    expect(first).toEqual({ left: 0, top: 21, width: 448, height: 576 });
    expect(asked).toEqual([22]);
  });
});

describe("SDXL's size numbers", () => {
  test('are zero at the crop when the picture fits the bucket', () => {
    expect(sizeCondition(size('1024x1024'), size('1024x1024'), false)).toEqual([1024, 1024, 0, 0, 1024, 1024]);
  });

  test('give the margins of the whole picture fitted inside the bucket', () => {
    // 800x600 in 1152x896: the bucket is narrower (1.2857 < 1.3333), so width fits: height 864, margin (896 - 864) / 2.
    expect(sizeCondition(size('800x600'), size('1152x896'), false)).toEqual([600, 800, 16, 0, 896, 1152]);
    // 1000x1500 in 832x1216: the bucket is wider (.684 > .667): width 810.67, margin floor(21.33 / 2) = 10.
    expect(sizeCondition(size('1000x1500'), size('832x1216'), false)).toEqual([1500, 1000, 0, 10, 1216, 832]);
  });

  test('of a flipped picture count the margin from the other side', () => {
    // 832 - (10 + 810.67) = 11.33, cut to 11.
    expect(sizeCondition(size('1000x1500'), size('832x1216'), true)).toEqual([1500, 1000, 0, 11, 1216, 832]);
  });
});

describe('sizes that a model can not take', () => {
  const sentence = (chosen: BucketOptions, multiple = 64): string => {
    try {
      checkBucketOptions(chosen, multiple);
    } catch (error) {
      return error instanceof UserError ? `${error.report.code}: ${error.message}` : String(error);
    }
    return 'accepted';
  };

  const refused = (found: string, code: string, text: RegExp): void => {
    expect(found.slice(0, found.indexOf(':'))).toBe(code);
    expect(found).toMatch(text);
  };

  test('are refused with the value that would do', () => {
    refused(
      sentence(options('512x512', { step: 32 })),
      'data/bucket-step',
      /bucket_reso_steps is 32.*multiple of 64.*to 64/s,
    );
    refused(
      sentence(options('500x512', { enabled: false })),
      'data/resolution',
      /500x512 is not a multiple of 64.*512x512/s,
    );
  });

  test('depend on the model', () => {
    expect(sentence(options('512x512', { step: 32 }), 32)).toBe('accepted');
    expect(sentence(options('512x512'))).toBe('accepted');
  });
});
