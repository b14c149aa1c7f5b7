/**
 * ONNX Runtime's CPU provider against the reference executor, on every sample of every op and its gradient, and
 * on whole blocks with recomputing.
 */
import * as ort from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { createOrtExecutor } from '../../trainer/exec/ort/executor.ts';
import { EXECUTOR_TOLERANCE } from '../samples/tolerances.ts';
import { blockCases, differentialCases, expectedOf, largestDifference, runCase } from './cases.ts';

const cpu = createOrtExecutor(ort, { provider: 'cpu', threads: 1 });

test.each([...differentialCases(), ...blockCases()])('$title', async (sample) => {
  const [expected, found] = [await expectedOf(sample), await runCase(cpu, sample)];
  expect(largestDifference(expected, found)).toBeLessThan(EXECUTOR_TOLERANCE.cpu);
});
