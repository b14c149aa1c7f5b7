import { expect, test } from 'vitest';
import { isLearned, measure, reportLines, type Described } from '../../../scripts/demo/measure.ts';

/** A picture whose numbers are all the same: the distance of two is the difference of these. */
const plain = (pixel: number, latent = pixel): Described => ({
  picture: { width: 1, height: 1, data: new Uint8Array(3) },
  pixels: new Float32Array(4).fill(pixel),
  latents: new Float32Array(2).fill(latent),
});

const LEARNED = {
  dataset: [plain(0), plain(0.25)],
  // Two of the subject, then three others.
  before: [plain(0.75), plain(1), plain(0.5), plain(0.5), plain(0.5)],
  after: [plain(0.25), plain(0.5), plain(0.5), plain(0.625), plain(0.25)],
  subjects: 2,
};

test('the subject is measured by its nearest pictures of the dataset, the others by how far they moved', () => {
  expect(measure(LEARNED, 'pixels')).toEqual({
    // 0.75 and 1 are nearest to 0.25, and so are 0.25 and 0.5.
    before: (0.5 + 0.75) / 2,
    after: (0 + 0.25) / 2,
    among: 0.25,
    subjectMoved: 0.5,
    othersMoved: (0 + 0.125 + 0.25) / 3,
    eachMoved: [0, 0.125, 0.25],
  });
});

test('latents are measured in the same way, by themselves', () => {
  const { dataset, before, after } = LEARNED;
  const doubled = (one: Described): Described => ({ ...one, latents: one.latents.map((value) => 2 * value) });
  const measured = measure(
    { dataset: dataset.map(doubled), before: before.map(doubled), after: after.map(doubled), subjects: 2 },
    'latents',
  );
  expect(measured).toMatchObject({ before: 1.25, after: 0.25, subjectMoved: 1 });
});

test('a LoRA has learned when its subject came nearer and moved more than all else', () => {
  const good = measure(LEARNED, 'pixels');
  expect(isLearned(good)).toBe(true);
  expect(isLearned({ ...good, after: good.before })).toBe(false);
  expect(isLearned({ ...good, othersMoved: good.subjectMoved })).toBe(false);
});

test('the report has a line for each prompt, and says in words what the numbers mean', () => {
  const good = measure(LEARNED, 'pixels');
  const bad = { ...good, after: 2 * good.before };
  const words = { trigger: 'a sks cat', others: ['a dog', 'an apple', 'a rocket'] };
  const lines = reportLines({ pixels: good, latents: bad }, words);
  expect(lines.filter((line) => /^ +"/.test(line)).map((line) => line.trim().replaceAll(/ +/g, ' '))).toEqual([
    '"a sks cat" before 0.625 0.625',
    '"a sks cat" after 0.125 1.250',
    '"a sks cat" 0.500 0.500',
    '"a dog" 0.000 0.000',
    '"an apple" 0.125 0.125',
    '"a rocket" 0.250 0.250',
  ]);
  expect(lines.slice(-2)).toEqual([
    'In pixels, "a sks cat" came nearer, to 20 % of where it was; prompts without it moved 25 % as far as it did.',
    'In latents, "a sks cat" did not come nearer; prompts without it moved 25 % as far as it did. That is not what a LoRA is for: it has not learned its subject.',
  ]);
});
