import { describe, expect, test } from 'vitest';
import { UserError } from '../../../../trainer/base/errors.ts';
import { readComposition } from '../../../../trainer/train/evaluation/composition.ts';
import { readConceptList, spreadPrompts } from '../../../../trainer/train/evaluation/training-set.ts';
import { memoryFiles } from '../../../support/memory-files.ts';

const LIST = JSON.stringify([
  {
    concept: 'cat',
    words: ['cat', 'kitty'],
    styles: ['flat', 'soft'],
    pictures: [
      { file: 'cat-1.png', style: 'flat', variant: 'plain', caption: 'a kitty, flat style' },
      { file: 'cat-2.png', style: 'flat', variant: 'plain', caption: 'a drawing of a cat, flat style' },
      { file: 'cat-3.png', style: 'flat', variant: 'plain', caption: 'a cat, flat style' },
      { file: 'cat-0.png', style: 'flat', variant: 'plain', caption: 'flat style cat' },
      { file: 'cat-4.png', style: 'soft', variant: 'plain', caption: 'a cat' },
      { file: 'cat-5.png', style: 'soft', variant: 'hue', caption: 'a red cat, soft style' },
    ],
  },
  {
    concept: 'tree',
    words: ['tree'],
    styles: ['flat'],
    pictures: [{ file: 'tree.png', style: 'flat', variant: 'plain', caption: 'a tree, flat style' }],
  },
]);

async function reportOf(work: Promise<unknown>) {
  const error: unknown = await work.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(UserError);
  return (error as UserError).report;
}

describe('a list of concepts', () => {
  test('gives its plain pictures, and for each concept and style the prompt that names both and nothing else', async () => {
    const files = memoryFiles({ '/set/concepts.json': LIST, '/set/diffusion/1_emoji/cat-1.png': 'picture' });
    const { concepts, pictures, prompts } = await readConceptList(files, '/set/concepts.json');
    const path = (name: string): string => `/set/diffusion/1_emoji/${name}.png`;
    expect(concepts).toBe(2);
    expect(pictures.map((picture) => picture.path)).toEqual(
      ['cat-1', 'cat-2', 'cat-3', 'cat-0', 'cat-4', 'tree'].map(path),
    );
    expect(prompts).toEqual([
      { concept: 'cat', style: 'flat', prompt: 'a cat, flat style', example: path('cat-3') },
      // No caption of the soft ones names the style.
      { concept: 'cat', style: 'soft', prompt: 'a cat', example: path('cat-4') },
      { concept: 'tree', style: 'flat', prompt: 'a tree, flat style', example: path('tree') },
    ]);
  });

  test.each([
    ['no JSON', 'cat, tree', 'it is no JSON'],
    ['empty', '[]', 'it is no list of concepts, or an empty one'],
    ['an object', '{}', 'it is no list of concepts, or an empty one'],
    ['of other things', '[{"concept": "cat", "pictures": [{"file": 3}]}]', 'its entry 1 is no concept with pictures'],
    [
      'without plain pictures',
      '[{"concept": "cat", "pictures": [{"file": "a", "style": "b", "variant": "hue", "caption": "c"}]}]',
      'it lists no picture of the variant "plain"',
    ],
  ])('that is %s is refused and it is said why (evaluate/concepts)', async (_name, text, why) => {
    const { code, what, where } = await reportOf(readConceptList(memoryFiles({ '/list.json': text }), '/list.json'));
    expect(code).toBe('evaluate/concepts');
    expect(what).toBe(`The file is no list of concepts: ${why}`);
    expect(where).toBe('/list.json');
  });

  test('whose pictures are gone is told with the name of the first (evaluate/pictures)', async () => {
    const files = memoryFiles({ '/set/concepts.json': LIST, '/set/a/b/c/cat-1.png': 'one folder too deep' });
    const { code, what } = await reportOf(readConceptList(files, '/set/concepts.json'));
    expect(code).toBe('evaluate/pictures');
    expect(what).toBe(
      'The pictures of the list are not here: there is no cat-1.png in its folder or two folders below',
    );
  });
});

test('prompts beyond the limit are left out evenly', () => {
  const prompts = Array.from({ length: 10 }, (_, index) => ({ concept: '', prompt: String(index), example: '' }));
  const shown = (limit: number): string =>
    spreadPrompts(prompts, limit)
      .map(({ prompt }) => prompt)
      .join('');
  expect(shown(4)).toBe('0257');
  expect(shown(1)).toBe('0');
  expect(shown(99)).toBe('0123456789');
});

describe('composition prompts', () => {
  test('are text, or objects that hold a prompt', async () => {
    const files = memoryFiles({ '/a.json': '{"prompts": ["a red cat", {"prompt": "a cat", "kind": "x"}]}' });
    expect(await readComposition(files, '/a.json')).toEqual(['a red cat', 'a cat']);
  });

  test.each(['[]', '{"prompts": 3}', '{"prompts": [3]}', '{"prompts": [{"text": "a"}]}', 'a red cat'])(
    '%s is no list of them (evaluate/composition)',
    async (text) => {
      const { code, what, fix } = await reportOf(readComposition(memoryFiles({ '/a.json': text }), '/a.json'));
      expect(code).toBe('evaluate/composition');
      expect(what).toBe('The file is no list of prompts');
      expect(fix).toContain('{"prompts": ["a red cat"');
    },
  );
});
