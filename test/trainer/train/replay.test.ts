import { expect, test } from 'vitest';
import { InternalError } from '../../../trainer/base/errors.ts';
import type { Executor } from '../../../trainer/exec/executor.ts';
import { encodeSafetensors, fileChunks } from '../../../trainer/formats/safetensors/write.ts';
import { replayAll, type ReplayResult, type ReplayTools } from '../../../trainer/train/replay.ts';
import { memoryFiles } from '../../support/memory-files.ts';

const EMPTY = Buffer.concat([...fileChunks(encodeSafetensors([], {}))]);
const executor: Executor = {
  name: 'none',
  compile: () => {
    throw new InternalError('nothing here is to be computed');
  },
};

function traceFolder(path: string, settings: object): Record<string, string | Uint8Array> {
  const trace = { case: 'named', family: 'sd15', settings, steps: 1, input_ids: [], losses: [] };
  const tensors = ['batches', 'lora_init', 'lora_first_grads', 'lora_final'];
  return {
    [`${path}/trace.json`]: JSON.stringify(trace),
    ...Object.fromEntries(tensors.map((name) => [`${path}/${name}.safetensors`, EMPTY])),
  };
}

async function allOf(tools: ReplayTools): Promise<readonly ReplayResult[]> {
  const results: ReplayResult[] = [];
  for await (const result of replayAll(tools, '/traces')) results.push(result);
  return results;
}

test('a case that cannot be read says so, and the others are still replayed', async () => {
  const files = memoryFiles({
    '/traces/a-no-json/trace.json': '{"case"',
    '/traces/b-no-trace/lora_init.safetensors': EMPTY,
    ...traceFolder('/traces/c-cut', { network_dim: 4 }),
    '/traces/c-cut/lora_final.safetensors': EMPTY.subarray(0, 5),
    ...traceFolder('/traces/d-empty', { network_dim: 4 }),
    ...traceFolder('/traces/e-unknown', { no_such_option: 3 }),
  });
  const results = await allOf({ files, executor, models: '/models' });
  expect(results).toMatchObject([
    { case: 'a-no-json', status: 'broken', code: 'trace/broken', where: '/traces/a-no-json/trace.json' },
    { case: 'b-no-trace', status: 'broken', code: 'file/missing', where: '/traces/b-no-trace/trace.json' },
    { case: 'c-cut', status: 'broken', where: '/traces/c-cut/lora_final.safetensors' },
    { case: 'd-empty', status: 'broken', code: 'trace/broken', what: 'The trace has no valid input_ids' },
    { case: 'named', status: 'unsupported', settings: ['no_such_option'] },
  ]);
});

test('a mistake of ours in one case is told too', async () => {
  const files = memoryFiles(traceFolder('/traces/a', {}));
  const failing = {
    ...files,
    readRange: () => {
      throw new InternalError('missing: something');
    },
  };
  const results = await allOf({ files: failing, executor, models: '/models' });
  expect(results).toMatchObject([{ case: 'a', status: 'broken', code: 'internal', what: 'missing: something' }]);
});
