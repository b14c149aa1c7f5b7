import { expect, test } from 'vitest';
import { usedTokens, withNeutralRows } from '../../../scripts/base-model/token-rows.ts';
import { END_OF_TEXT, START_OF_TEXT } from '../../../trainer/models/clip/vocabulary.ts';
import { loadTokenizer } from '../../../trainer/platform/assets.ts';
import { machineFiles } from '../../../trainer/platform/files.ts';

test('unused rows become the mean of the used ones; used rows, start and end stay', () => {
  const width = 2;
  const table = new Float32Array((END_OF_TEXT + 1) * width).fill(7);
  table.set([1, 2], 3 * width);
  table.set([3, 6], 5 * width);
  const changed = withNeutralRows(table, width, new Set([3, 5]));
  const row = (id: number): readonly number[] => [...changed.subarray(id * width, (id + 1) * width)];
  expect([row(3), row(5)]).toEqual([
    [1, 2],
    [3, 6],
  ]);
  // (1 + 3)/2 and (2 + 6)/2
  expect([row(0), row(4), row(START_OF_TEXT - 1)]).toEqual([
    [2, 4],
    [2, 4],
    [2, 4],
  ]);
  expect([row(START_OF_TEXT), row(END_OF_TEXT)]).toEqual([
    [7, 7],
    [7, 7],
  ]);
  expect(table[0]).toBe(7);
});

test('the tokens of captions are those of their words', async () => {
  const tokenizer = await loadTokenizer(machineFiles());
  const used = usedTokens(tokenizer, ['a cat', 'a dog']);
  // CLIP's ids of "a</w>", "cat</w>" and "dog</w>".
  expect([...used].sort((a, b) => a - b)).toEqual([320, 1929, 2368]);
});
