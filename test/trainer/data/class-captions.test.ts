import { expect, test } from 'vitest';
import { classCaption } from '../../../trainer/data/class-captions.ts';

const words = { classPrompt: 'dog', triggerWords: 'sks  dog' };

test.each([
  ['a photo of sks dog on a sofa', 'a photo of dog on a sofa'],
  ['Sks Dog, outdoors, sks dog', 'dog, outdoors, dog'],
  ['a photo of sksdog', 'dog'],
  ['a photo of sks dogs', 'dog'],
  ['', 'dog'],
])('of "%s" comes "%s"', (caption, expected) => {
  expect(classCaption(caption, words)).toBe(expected);
});

test('without trigger words the class stands alone', () => {
  expect(classCaption('a sks dog', { classPrompt: 'dog' })).toBe('dog');
  expect(classCaption('a sks dog', { classPrompt: 'dog', triggerWords: ' ' })).toBe('dog');
});

test('signs in the words mean themselves', () => {
  expect(classCaption('a (sks) + dog', { classPrompt: '$& cat', triggerWords: '(sks) + dog' })).toBe('a $& cat');
});
