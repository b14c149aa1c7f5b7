import { expect, test } from 'vitest';
import {
  coloured,
  decorated,
  inStyle,
  mostlyInStyle,
  onBackground,
  plainCaption,
  together,
  wearing,
  withArticle,
} from '../../../scripts/base-model/captions.ts';
import { createDraws } from '../../../scripts/base-model/draws.ts';

const one = (word: string): { word: string; countable: boolean } => ({ word, countable: true });
const some = (word: string): { word: string; countable: boolean } => ({ word, countable: false });

test('the article follows the sound, and things that are many or a mass have none', () => {
  expect(
    ['cat', 'apple', 'unicorn', 'hourglass', 'ufo', 'umbrella', 'office building'].map(one).map(withArticle),
  ).toEqual(['a cat', 'an apple', 'a unicorn', 'an hourglass', 'a ufo', 'an umbrella', 'an office building']);
  expect(['sunglasses', 'bacon'].map(some).map(withArticle)).toEqual(['sunglasses', 'bacon']);
});

test('the article follows the colour word when there is one', () => {
  expect(coloured('red', one('apple'))).toBe('a red apple');
  expect(coloured('orange', one('cat'))).toBe('an orange cat');
  expect(coloured('blue', some('jeans'))).toBe('blue jeans');
});

test('each manner of a plain caption names the thing, and only one leaves the style out', () => {
  const captions = (['plain', 'style first', 'emoji', 'without style'] as const).map((manner) =>
    plainCaption(one('owl'), 'soft', manner),
  );
  expect(captions).toEqual(['an owl, soft style', 'soft style owl', 'owl emoji, soft style', 'an owl']);
});

test('two things, what one wears and what stands behind it read as a person would write them', () => {
  expect(together(one('cat'), one('apple'))).toBe('a cat and an apple');
  expect(wearing(one('fox'), some('sunglasses'))).toBe('a fox wearing sunglasses');
  expect(decorated(one('shield'), 'a red heart')).toBe('a shield with a red heart');
  expect(inStyle(onBackground('a cat', 'orange'), 'flat')).toBe('a cat on an orange background, flat style');
});

test('about 15 of 100 captions go without their style, the same ones for the same seed', () => {
  const all = (seed: number): string[] =>
    Array.from({ length: 1000 }, (_, i) => mostlyInStyle('a cat', 'flat', createDraws(seed, 'captions', `${i}`)));
  const without = all(7).filter((caption) => caption === 'a cat').length;
  // 1000 draws of probability 0.15 have a deviation of 11: four of them either way.
  expect(without).toBeGreaterThan(150 - 45);
  expect(without).toBeLessThan(150 + 45);
  expect(all(7)).toEqual(all(7));
  expect(all(7)).not.toEqual(all(8));
});
