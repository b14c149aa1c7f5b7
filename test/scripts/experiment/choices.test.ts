import { expect, test } from 'vitest';
import { choicesOf } from '../../../scripts/experiment/choices.ts';

test('what is left out is as the documentation says', () => {
  expect(choicesOf([])).toEqual({
    out: 'experiment-dreambooth',
    model: 'bundled:model',
    steps: 150,
    seeds: 2,
    classImages: 16,
    pictures: 4,
    arms: ['none', 'class_images', 'frozen_model'],
  });
  expect(choicesOf(['--arms', 'none, class_caption', '--seeds', '3'])).toMatchObject({
    arms: ['none', 'class_caption'],
    seeds: 3,
  });
});

test.each([
  [['--arms', 'class_image'], /There is no arm "class_image"; the arms are none, .* Did you mean class_images\?/],
  [['--seeds', 'x'], /'x' is invalid.*It must be a whole number from 1 to 100/],
  [['--pictures', '1'], /It must be a whole number from 2 to 100/],
  [['--seed', '3'], /unknown option '--seed'/],
])('%j is refused by name', (words, sentence) => {
  let written = '';
  expect(() => choicesOf(words, (text) => (written += text))).toThrow();
  expect(written).toMatch(sentence);
});
