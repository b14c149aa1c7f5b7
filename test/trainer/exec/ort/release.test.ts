import type { InferenceSession } from 'onnxruntime-common';
import * as runtime from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { createOrtExecutor, type OrtRuntime } from '../../../../trainer/exec/ort/executor.ts';
import { createBuilder } from '../../../../trainer/graph/builder.ts';

test('a session is released even where its profile cannot be written', async () => {
  let released = 0;
  const session = {
    endProfiling: () => {
      throw new Error('the disk is full');
    },
    release: () => {
      released++;
      return Promise.resolve();
    },
  };
  const broken: OrtRuntime = {
    InferenceSession: { create: () => Promise.resolve(session as unknown as InferenceSession) },
    Tensor: runtime.Tensor,
  };
  const g = createBuilder();
  const graph = g.finish({ y: g.neg(g.input('x', [1])) });
  const program = await createOrtExecutor(broken, { provider: 'cpu', profilePrefix: 'p' }).compile(graph);
  await expect(program[Symbol.asyncDispose]()).rejects.toThrow('the disk is full');
  expect(released).toBe(1);
});
