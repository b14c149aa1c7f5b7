import { expect, test } from 'vitest';
import { UserError } from '../../../trainer/base/errors.ts';
import { listTraces, readTrace } from '../../../trainer/train/trace.ts';
import { memoryFiles } from '../../support/memory-files.ts';

test('folders with a file of a trace are cases, whatever they lack; other folders are not', async () => {
  const files = memoryFiles({
    '/traces/b/trace.json': '{}',
    '/traces/a/lora_init.safetensors': '',
    '/traces/notes/x.md': '',
    '/traces/trace.json': '{}',
  });
  expect(await listTraces(files, '/traces')).toEqual(['/traces/a', '/traces/b']);
});

test('trace/none: a folder without cases', async () => {
  const error: unknown = await listTraces(memoryFiles({ '/traces/notes/x.md': '' }), '/traces').catch(
    (caught: unknown) => caught,
  );
  expect((error as UserError).report).toMatchObject({
    code: 'trace/none',
    where: '/traces',
    what: 'There are no traces: no folder here has a trace.json',
  });
});

test.each([
  ['no JSON', '{'],
  ['no family', '{}'],
  ['settings that are no table', '{"family": "sd15", "settings": 3}'],
  ['half a step', '{"family": "sd15", "settings": {}, "steps": 1.5}'],
])('trace/broken: %s', async (_, text) => {
  const error: unknown = await readTrace(memoryFiles({ '/t/trace.json': text }), '/t').catch(
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).report).toMatchObject({ code: 'trace/broken', where: '/t/trace.json' });
  expect((error as UserError).report.what).toMatch(/^The trace has no valid /);
});
