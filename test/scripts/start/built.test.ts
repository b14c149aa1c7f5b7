import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isOutdated } from '../../../scripts/start/built.ts';

test('something is built again when it is missing or a source is newer', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lora-loom-built-'));
  const at = (name: string, seconds: number): string => {
    const path = join(folder, name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, '');
    utimesSync(path, seconds, seconds);
    return path;
  };
  const source = join(folder, 'source');
  at('source/deep/a.ts', 100);
  at('source/node_modules/b.ts', 900);
  const output = at('out.js', 200);
  expect(isOutdated(output, [source, join(folder, 'none')])).toBe(false);
  expect(isOutdated(join(folder, 'missing.js'), [source])).toBe(true);
  at('source/deep/c.ts', 300);
  expect(isOutdated(output, [source])).toBe(true);
  rmSync(folder, { recursive: true });
});
