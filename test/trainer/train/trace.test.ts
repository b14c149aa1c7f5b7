import { expect, test } from 'vitest';
import { UserError } from '../../../trainer/base/errors.ts';
import { listTraces, readTrace } from '../../../trainer/train/trace.ts';
import { memoryFiles } from '../../support/memory-files.ts';

test('folders with a trace.json are cases, other folders are not', async () => {
  const files = memoryFiles({ '/traces/b/trace.json': '{}', '/traces/a/trace.json': '{}', '/traces/notes/x.md': '' });
  expect(await listTraces(files, '/traces')).toEqual(['/traces/a', '/traces/b']);
});

test.each([
  ['no JSON', '{'],
  ['no family', '{}'],
  ['settings that are no table', '{"family": "sd15", "settings": 3}'],
])('trace/broken: %s', async (_, text) => {
  const error: unknown = await readTrace(memoryFiles({ '/t/trace.json': text }), '/t').catch(
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).report).toMatchObject({ code: 'trace/broken', where: '/t/trace.json' });
  expect((error as UserError).report.what).toMatch(/^The trace has no valid /);
});
