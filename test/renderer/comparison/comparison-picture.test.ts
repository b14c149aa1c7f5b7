import { expect, test } from 'vitest';
import { comparisonPicture } from '../../../renderer/comparison/comparison-picture.ts';
import { curveOf } from '../../../renderer/comparison/overlay-points.ts';
import { savePicture } from '../../../renderer/comparison/save-picture.ts';
import { pastHistory } from '../stage/made-up-run.ts';

const names = ['sks-cat-3', 'R&D <"2">'];
const history = pastHistory('/runs/sks-cat-3');
if (history === undefined) throw new Error('no made-up run');
const sample = (file: string, step: number) => ({ file, step, prompt: 'a sks cat', promptIndex: 0, seed: 1 });
const compared = {
  names,
  curves: [curveOf(history), curveOf(history)],
  seen: [true, true],
  axis: 'step' as const,
  samples: [{ prompt: 'a sks cat & a dog', cells: [sample('/a.png', 100), sample('/b.png', 100)] }],
  step: 100,
  table: [['Network Rank (Dimension)', '16', '64']],
};
const colour = (role: string): string => (role === '--series-2' ? '#c4561b' : '#000000');

function parsed(svg: string): Document {
  const page = new DOMParser().parseFromString(svg, 'image/svg+xml');
  expect(page.querySelector('parsererror')).toBeNull();
  return page;
}

test('a comparison as a picture says its runs, its settings and its prompts, whatever signs their names have', () => {
  const page = parsed(comparisonPicture(compared, colour).svg);
  const said = [...page.querySelectorAll('text')].map(({ textContent }) => textContent);
  for (const words of [...names, '2 runs compared', 'Network Rank (Dimension)', '16', '64', 'a sks cat & a dog']) {
    expect(said).toContain(words);
  }
});

test('each curve that is seen is a raw and a smooth line within the picture; a hidden one is not drawn', () => {
  const { svg, width, height } = comparisonPicture(compared, colour);
  const lines = [...parsed(svg).querySelectorAll('polyline')];
  expect(lines.map((line) => line.getAttribute('stroke'))).toEqual(['#000000', '#c4561b', '#000000', '#c4561b']);
  for (const line of lines) {
    const points = (line.getAttribute('points') ?? '').split(' ').map((point) => point.split(',').map(Number));
    expect(points.length).toBeGreaterThan(50);
    expect(points.every(([x = -1, y = -1]) => x >= 0 && x <= width && y >= 0 && y <= height)).toBe(true);
  }
  const one = comparisonPicture({ ...compared, seen: [true, false] }, colour);
  expect(parsed(one.svg).querySelectorAll('polyline')).toHaveLength(2);
});

test('samples have places of their own beside the curves, inside the picture', () => {
  const { samples, width, height } = comparisonPicture(compared, colour);
  expect(samples.map(({ file }) => file)).toEqual(['/a.png', '/b.png']);
  const [first, second] = samples;
  expect(second?.x ?? 0).toBeGreaterThanOrEqual((first?.x ?? 0) + (first?.side ?? 0));
  for (const { x, y, side } of samples) expect([x + side <= width, y + side <= height]).toEqual([true, true]);
});

test('window/no-picture: where no canvas can be had it says what to look at', async () => {
  // jsdom paints nothing.
  await expect(savePicture(comparisonPicture(compared, colour), (path) => path)).rejects.toMatchObject({
    report: {
      code: 'window/no-picture',
      what: 'The picture could not be made',
      fix: 'Look whether the samples are still there, and try again.',
    },
  });
});
