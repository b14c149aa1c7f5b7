import { describe, expect, test } from 'vitest';
import { UserError } from '../../../trainer/base/errors.ts';
import type { Picture } from '../../../trainer/base/ports.ts';
import { blurFindings, blurOf, type MeasureBlur } from '../../../trainer/data/blur.ts';
import type { Dataset, DatasetImage } from '../../../trainer/data/dataset.ts';
import { finding } from '../../../trainer/data/findings.ts';

const SIDE = 60;

/** A grey picture whose columns, or whose rows, have these levels. */
function striped(levelAt: (i: number) => number, direction: 'columns' | 'rows' = 'columns'): Picture {
  const levels = Array.from({ length: SIDE }, (_, i) => levelAt(i));
  const lineOf = (i: number): number => (direction === 'columns' ? i % SIDE : Math.floor(i / SIDE));
  const data = Uint8Array.from({ length: 3 * SIDE * SIDE }, (_, i) => levels[lineOf(Math.floor(i / 3))] ?? 0);
  return { width: SIDE, height: SIDE, data };
}

/** Φ, the share of a Gaussian of deviation 1 below x, summed in small steps. */
function below(x: number): number {
  let sum = 0;
  for (let t = -8; t < x; t += 0.001) sum += 0.001 * Math.exp((-t * t) / 2);
  return sum / Math.sqrt(2 * Math.PI);
}

describe('the blur of a picture', () => {
  test('is a ninth at a step from one pixel to the next, whatever its height and direction', () => {
    // D is the step's height at one place and 0 elsewhere; there B is a ninth of it.
    for (const height of [255, 128, 9]) {
      const step = (i: number): number => (i < SIDE / 2 ? 0 : height);
      expect(blurOf(striped(step))).toBeCloseTo(1 / 9, 6);
      expect(blurOf(striped(step, 'rows'))).toBeCloseTo(1 / 9, 6);
    }
  });

  test('is 1 where brightness grows evenly: another blur changes nothing', () => {
    expect(blurOf(striped((i) => 4 * i))).toBeCloseTo(1, 5);
  });

  test('is 0 without any edge', () => {
    expect(blurOf(striped(() => 200))).toBe(0);
  });

  test('grows with the deviation of a Gaussian over a step, past 0.6 at two pixels', () => {
    const of = (deviation: number): number =>
      blurOf(striped((i) => Math.round(255 * below((i - SIDE / 2 + 0.5) / deviation))));
    const [half, one, two, three] = [0.5, 1, 2, 3].map(of);
    expect(half).toBeLessThan(0.25);
    expect(one).toBeLessThan(0.5);
    expect(two).toBeGreaterThan(0.6);
    expect(three).toBeGreaterThan(0.75);
  });

  test('is that of the strongest edges: a soft background behind a sharp thing is no blur', () => {
    // Two levels a pixel everywhere, and one edge of 100. Σ min(D, B) / Σ D, without our weights, is above 0.6 here.
    expect(blurOf(striped((i) => 2 * i + (i < SIDE / 2 ? 0 : 100)))).toBeLessThan(0.2);
  });
});

describe('the findings', () => {
  const image = (name: string, width: number, height: number): DatasetImage =>
    ({ path: `/data/1_cat/${name}`, placement: { resized: { width, height } } }) as unknown as DatasetImage;
  const dataset = (images: readonly DatasetImage[], findings: Dataset['findings'] = []): Dataset => ({
    subsets: [],
    images,
    findings,
    leftOut: 0,
  });

  test('name blurred pictures, and what can be done', async () => {
    const measure: MeasureBlur = (path) => Promise.resolve(path.endsWith('soft.png') ? 0.613 : 0.59);
    const found = await blurFindings(measure, dataset([image('sharp.png', 512, 384), image('soft.png', 512, 384)]));
    expect(found).toEqual([
      {
        severity: 'warning',
        code: 'images/blurred',
        path: '/data/1_cat/soft.png',
        sentence: 'The picture looks blurred at 512 x 384, the size it is trained at (blur 0.61 of 1)',
        fix: 'The blur is learned too. Use a sharper version, a lower resolution, or leave it out; if it is meant to be soft, keep it.',
      },
    ]);
  });

  test('are measured at the size that is trained, at most at 1024, and not of what is said to be enlarged', async () => {
    const asked: [string, number][] = [];
    const measure: MeasureBlur = (path, side) => {
      asked.push([path, side]);
      return Promise.resolve(0.2);
    };
    const images = [image('a.png', 512, 384), image('b.png', 1024, 2048), image('c.png', 512, 512)];
    const enlarged = finding('images/enlarged', '/data/1_cat/c.png', 'It is enlarged', 'Use a larger version.');
    expect(await blurFindings(measure, dataset(images, [enlarged]))).toEqual([]);
    expect(asked).toEqual([
      ['/data/1_cat/a.png', 512],
      ['/data/1_cat/b.png', 1024],
    ]);
  });

  test('are given up where nobody waits for them any more', async () => {
    const asked: string[] = [];
    const images = Array.from({ length: 40 }, (_, i) => image(`${i}.png`, 512, 512));
    const measure: MeasureBlur = (path) => Promise.resolve(asked.push(path) && 0.2);
    const checkStop = (): void => {
      if (asked.length >= 16) throw new Error('stopped');
    };
    await expect(blurFindings(measure, dataset(images), checkStop)).rejects.toThrow('stopped');
    expect(asked.length).toBeLessThan(40);
  });

  test('tell of a picture that turns out damaged when it is looked into', async () => {
    const measure: MeasureBlur = (path) =>
      Promise.reject(
        new UserError({ code: 'images/truncated', what: 'The picture is cut off', where: path, fix: 'Copy it again.' }),
      );
    expect(await blurFindings(measure, dataset([image('a.png', 512, 512)]))).toMatchObject([
      { severity: 'warning', code: 'images/truncated', path: '/data/1_cat/a.png', fix: 'Copy it again.' },
    ]);
  });
});
