import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createOrtExecutor } from '../../trainer/exec/ort/executor.ts';
import { machineFiles } from '../../trainer/platform/files.ts';
import { loadOnnxRuntime } from '../../trainer/platform/onnxruntime.ts';
import { replay } from '../../trainer/train/replay.ts';
import { listTraces, readTrace } from '../../trainer/train/trace.ts';

const folder = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const files = machineFiles();
const cases = await listTraces(files, folder('traces'));

test('all seven recorded cases are here', () => {
  expect(cases).toHaveLength(7);
});

// Tolerances are those of reference/golden/README.md: losses 1e-4 relative, cosines 0.9999 and 0.999.
test.each(cases.map((path) => [files.baseName(path), path]))(
  '%s: losses, gradients and weights are those of sd-scripts',
  async (_, path) => {
    const executor = createOrtExecutor(await loadOnnxRuntime(), { provider: 'cpu' });
    const result = await replay({ files, executor, models: folder('models') }, await readTrace(files, path));
    expect(result).toMatchObject({ status: 'ok' });
  },
);
