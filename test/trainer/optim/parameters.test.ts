import { describe, expect, test } from 'vitest';
import { createBuilder } from '../../../trainer/graph/builder.ts';
import { layOut, parameterFeeds, viewOf } from '../../../trainer/optim/parameters.ts';

const LIST = [
  { name: 'unet/a', part: 'unet', shape: [2, 3] },
  { name: 'unet/b', part: 'unet', shape: [4] },
  { name: 'text_encoder/c', part: 'text_encoder', shape: [] },
];

describe('a layout', () => {
  test('puts entries one after the other, and says which stretch a part takes', () => {
    const layout = layOut(LIST);
    expect(layout.entries.map(({ name, offset, size }) => [name, offset, size])).toEqual([
      ['unet/a', 0, 6],
      ['unet/b', 6, 4],
      ['text_encoder/c', 10, 1],
    ]);
    expect(layout.parts).toEqual([
      { part: 'unet', offset: 0, size: 10 },
      { part: 'text_encoder', offset: 10, size: 1 },
    ]);
    expect(layout.size).toBe(11);
  });

  test('keeps what else an entry tells, and may be empty', () => {
    expect(layOut([{ ...LIST[0], name: 'a', part: 'unet', shape: [1], more: 'told' }]).entries[0]?.more).toBe('told');
    expect(layOut([])).toEqual({ entries: [], parts: [], size: 0 });
  });

  test('refuses a part in two pieces, which could have no learning rate of its own', () => {
    const split = [...LIST, { name: 'unet/d', part: 'unet', shape: [1] }];
    expect(() => layOut(split)).toThrow('unet is in two pieces');
  });
});

test('a view shows the elements of an entry and changes them', () => {
  const { entries } = layOut(LIST);
  const values = Float32Array.from({ length: 11 }, (_, index) => index);
  const b = entries.find(({ name }) => name === 'unet/b');
  const view = viewOf(values, b ?? { offset: 0, size: 0 });
  expect([...view]).toEqual([6, 7, 8, 9]);
  view[0] = 60;
  expect(values[6]).toBe(60);
});

test('feeds are views in the shapes of the graph, of the entries that it has', () => {
  const layout = layOut(LIST);
  const g = createBuilder();
  // The graph may want another shape of the same elements: LoRA files store 1x1 convolutions with four axes.
  const parameters = new Map([['unet/a', g.parameter('unet/a', [3, 2])]]);
  const values = Float32Array.from({ length: 11 }, (_, index) => index);
  const feeds = parameterFeeds(layout, values, parameters);
  expect(Object.keys(feeds)).toEqual(['unet/a']);
  expect(feeds['unet/a']).toMatchObject({ dtype: 'f32', shape: [3, 2] });
  expect(feeds['unet/a']?.data.buffer).toBe(values.buffer);
  expect([...(feeds['unet/a']?.data ?? [])]).toEqual([0, 1, 2, 3, 4, 5]);
});
