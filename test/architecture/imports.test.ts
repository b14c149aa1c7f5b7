import { describe, expect, test } from 'vitest';
import { importFaults } from './imports.ts';
import { importsOf, sourcesIn, type Source } from './sources.ts';
import { posix } from 'node:path';

const TRAINER = sourcesIn('trainer');

test('every module imports lower levels only, and Node stays in the platform', () => {
  expect(TRAINER.length).toBeGreaterThan(0);
  expect(TRAINER.flatMap(importFaults)).toEqual([]);
});

test('no file imports itself through others', () => {
  const edges = new Map(
    TRAINER.map((source) => [
      source.path,
      importsOf(source)
        .filter(({ from, typesOnly }) => from.startsWith('.') && !typesOnly)
        .map(({ from }) => posix.join(posix.dirname(source.path), from)),
    ]),
  );
  expect(circles(edges)).toEqual([]);
});

describe('the check itself', () => {
  const faultsOf = (path: string, text: string): string => importFaults({ path, text } satisfies Source).join('\n');

  test('names the rule and the better place for an import of the same level', () => {
    expect(faultsOf('trainer/nn/a.ts', "import { b } from '../optim/b.ts';")).toBe(
      'trainer/nn/a.ts imports trainer/optim/b.ts: nn (level 2) may import lower levels only, and optim is level 2. ' +
        'Move what both need down (base, api, graph, formats), or join the two in models, lora.',
    );
  });

  test('names the rule and the better place for an import upwards', () => {
    expect(faultsOf('trainer/data/a.ts', "export * from '../platform/files.ts';")).toBe(
      'trainer/data/a.ts imports trainer/platform/files.ts: data (level 2) may import lower levels only, and platform is level 5. ' +
        'Pass it as a parameter, or move this code up to worker, cli.',
    );
  });

  test.each([
    ["import { readFile } from 'node:fs/promises';", 'node:fs/promises'],
    ["import sharp from 'sharp';", 'sharp'],
    ["const ort = await import('onnxruntime-node');", 'onnxruntime-node'],
    ["import { z } from 'zod';", 'zod'],
    ["import { Tensor } from 'onnxruntime-common';", 'onnxruntime-common'],
  ])('sees %s below the platform', (text, name) => {
    expect(faultsOf('trainer/graph/a.ts', text)).toContain(
      `trainer/graph/a.ts imports ${name}: graph (level 1) knows no`,
    );
  });

  test.each([
    ['const x = Math.random();', 'Math.random'],
    ['const t = Date.now();', 'Date.now'],
    ['const t = new Date();', 'new Date'],
    ['performance.now();', 'performance'],
    ['const { env } = process;', 'process'],
    ['Buffer.from([]);', 'Buffer'],
  ])('sees %s below the platform', (text, name) => {
    expect(faultsOf('trainer/train/a.ts', text)).toContain(`trainer/train/a.ts uses ${name}: `);
  });

  test('lets pass what is allowed: lower levels, the same module, names in comments, members that look alike', () => {
    const text = [
      "import { f32 } from '../../base/tensor.ts';",
      "import { other } from './other.ts';",
      "import type { Tensor } from 'onnxruntime-common';",
      '// Math.random would not do here',
      "const text = 'process';",
      'const speed = run.performance + new Date(0).getTime();',
    ].join('\n');
    expect(faultsOf('trainer/exec/ort/a.ts', text)).toBe('');
  });

  test('sees a file outside all modules and an import out of the trainer', () => {
    expect(faultsOf('trainer/stray.ts', '')).toContain('is no module of the level table');
    expect(faultsOf('trainer/cli/a.ts', "import '../../scripts/a.ts';")).toContain('the trainer stands alone');
  });

  test('finds a circle of imports', () => {
    const edges = new Map([
      ['a', ['b']],
      ['b', ['c']],
      ['c', ['b']],
    ]);
    expect(circles(edges)).toEqual(['b -> c -> b']);
  });
});

/** One sentence per circle, found by depth-first search. */
function circles(edges: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const found: string[] = [];
  const finished = new Set<string>();
  const walk = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) found.push([...trail.slice(start), path].join(' -> '));
    if (start >= 0 || finished.has(path)) return;
    for (const next of edges.get(path) ?? []) walk(next, [...trail, path]);
    finished.add(path);
  };
  for (const path of edges.keys()) walk(path, []);
  return found;
}
