/**
 * ONNX Runtime's CPU provider against the reference executor, on every sample of every op and its gradient.
 */
import * as ort from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { createOrtExecutor } from '../../trainer/exec/ort/executor.ts';
import { createReferenceExecutor } from '../../trainer/exec/reference/index.ts';
import { EXECUTOR_TOLERANCE } from '../samples/tolerances.ts';
import { differentialCases, largestDifference, runCase } from './cases.ts';

const reference = createReferenceExecutor();
const cpu = createOrtExecutor(ort, { provider: 'cpu', threads: 1 });

test.each(differentialCases())('$title', async (sample) => {
  const [expected, found] = [await runCase(reference, sample), await runCase(cpu, sample)];
  expect(largestDifference(expected, found)).toBeLessThan(EXECUTOR_TOLERANCE.cpu);
});
