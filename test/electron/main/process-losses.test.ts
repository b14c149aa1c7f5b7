import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { LARGEST_LOG, noteLoss } from '../../../electron/main/process-losses.ts';

const folder = mkdtempSync(join(tmpdir(), 'lora-loom-losses-'));
afterAll(() => rmSync(folder, { recursive: true }));

const WHEN = new Date(Date.UTC(2026, 0, 2, 3, 4, 5));
const GPU = { type: 'GPU', reason: 'crashed', exitCode: 5 };

test('each process that died has a line with its name and what it died of, in order', () => {
  const file = join(folder, 'window.log');
  noteLoss(file, GPU, WHEN);
  noteLoss(file, { type: 'Utility', name: 'Network Service', reason: 'killed', exitCode: 9 }, WHEN);
  noteLoss(file, { type: 'Page', reason: 'oom', exitCode: -1 }, WHEN);
  expect(readFileSync(file, 'utf8').split('\n')).toEqual([
    '2026-01-02T03:04:05.000Z GPU: crashed (exit code 5)',
    '2026-01-02T03:04:05.000Z Utility, Network Service: killed (exit code 9)',
    '2026-01-02T03:04:05.000Z Page: oom (exit code -1)',
    '',
  ]);
});

test('a process that ended as it should is no loss', () => {
  const file = join(folder, 'quiet.log');
  writeFileSync(file, '');
  noteLoss(file, { type: 'Utility', reason: 'clean-exit', exitCode: 0 }, WHEN);
  expect(readFileSync(file, 'utf8')).toBe('');
});

test('a process that dies again and again does not fill the disk', () => {
  const file = join(folder, 'full.log');
  writeFileSync(file, 'x'.repeat(LARGEST_LOG + 1));
  noteLoss(file, GPU, WHEN);
  expect(readFileSync(file, 'utf8')).toBe('2026-01-02T03:04:05.000Z GPU: crashed (exit code 5)\n');
});

test('a log that cannot be written ends nothing', () => {
  expect(() => noteLoss(join(folder, 'none', 'window.log'), GPU, WHEN)).not.toThrow();
});
