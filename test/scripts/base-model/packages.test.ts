import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { areInstalled, readEmoji } from '../../../scripts/base-model/packages.ts';

const ROOT = mkdtempSync(join(tmpdir(), 'base-model-packages-'));
afterAll(() => rmSync(ROOT, { recursive: true, force: true }));

function save(path: string, content: unknown): void {
  mkdirSync(join(ROOT, path, '..'), { recursive: true });
  writeFileSync(join(ROOT, path), JSON.stringify(content));
}

const lock = (integrity: string): unknown => ({ packages: { '': {}, 'node_modules/a': { integrity } } });

test('packages count as installed only when npm left those of the lock file', () => {
  save('app/package-lock.json', lock('sha512-new'));
  expect(areInstalled(join(ROOT, 'app'))).toBe(false);
  save('app/node_modules/.package-lock.json', lock('sha512-old'));
  expect(areInstalled(join(ROOT, 'app'))).toBe(false);
  save('app/node_modules/.package-lock.json', lock('sha512-new'));
  expect(areInstalled(join(ROOT, 'app'))).toBe(true);
});

test('an emoji has the drawings that the sets have for it, however they write its code', () => {
  const icon = (body: string): unknown => ({ body });
  save('modules/emojibase-data/en/data.json', [
    { label: 'red heart', hexcode: '2764-FE0F', group: 0 },
    { label: 'regional indicator A', hexcode: '1F1E6' },
    { label: 'robot', hexcode: '1F916', group: 0 },
  ]);
  const flat = 'modules/@iconify-json/fluent-emoji-flat';
  save(`${flat}/icons.json`, { width: 32, height: 32, icons: { heart: icon('<a/>'), bot: icon('<b/>') } });
  save(`${flat}/chars.json`, { '2764': 'heart', '1f916': 'bot' });
  const soft = 'modules/@iconify-json/noto';
  save(`${soft}/icons.json`, {
    width: 128,
    height: 128,
    icons: { heart: icon('<c/>') },
    aliases: { love: { parent: 'heart' }, left: { parent: 'heart', hFlip: true } },
  });
  // An alias is another name; one that is flipped would be another drawing, and is left out.
  save(`${soft}/chars.json`, { '2764-fe0f': 'love', '1f916': 'left' });
  save('modules/@lobehub/fluent-emoji-3d/assets/2764-fe0f.webp', '');

  const [heart, robot, ...rest] = readEmoji(join(ROOT, 'modules'));
  expect(rest).toEqual([]);
  expect(heart?.code).toBe('2764');
  expect(heart?.drawings.flat).toEqual({ kind: 'svg', body: '<a/>', width: 32, height: 32 });
  expect(heart?.drawings.soft).toEqual({ kind: 'svg', body: '<c/>', width: 128, height: 128 });
  expect(heart?.drawings['3d']?.kind).toBe('file');
  expect(Object.keys(robot?.drawings ?? {})).toEqual(['flat']);
});
