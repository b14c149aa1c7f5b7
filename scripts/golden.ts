/**
 * Replays training traces of sd-scripts: `npm run golden -- --models DIR --traces DIR [--json]`, one line a case.
 *
 * DIR/models holds a folder for each family with a checkpoint in either layout, DIR/traces a folder for each case (see
 * trainer/train/trace.ts). Ends with 1 when a case differs or is broken.
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { describeError, UserError } from '../trainer/base/errors.ts';
import { createOrtExecutor } from '../trainer/exec/ort/executor.ts';
import { machineFiles } from '../trainer/platform/files.ts';
import { loadOnnxRuntime } from '../trainer/platform/onnxruntime.ts';
import { replay, type ReplayResult } from '../trainer/train/replay.ts';
import { listTraces, readTrace } from '../trainer/train/trace.ts';

const USAGE = 'Usage: npm run golden -- --models DIR --traces DIR [--json]';

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(describeError(error.report));
  process.exitCode = 2;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { models: { type: 'string' }, traces: { type: 'string' }, json: { type: 'boolean', default: false } },
  });
  if (values.models === undefined || values.traces === undefined) {
    console.error(USAGE);
    return 2;
  }
  const files = machineFiles();
  const executor = createOrtExecutor(await loadOnnxRuntime(), { provider: 'cpu' });
  let failures = 0;
  for (const folder of await listTraces(files, resolve(values.traces))) {
    try {
      const trace = await readTrace(files, folder);
      const result = await replay({ files, executor, models: resolve(values.models) }, trace);
      console.log(values.json ? JSON.stringify(result) : line(result));
      if (result.status === 'differs') failures += 1;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      console.error(describeError(error.report));
      failures += 1;
    }
  }
  return failures === 0 ? 0 : 1;
}

function line(result: ReplayResult): string {
  const start = `${result.case.padEnd(20)} ${result.status.padEnd(12)}`;
  if (result.status === 'unsupported') return `${start} ${result.settings.join(', ')}`;
  const { maxLossError, minGradCosine, finalCosine } = result;
  return `${start} maxLossError ${maxLossError.toExponential(2)}  minGradCosine ${minGradCosine.toFixed(7)}  finalCosine ${finalCosine.toFixed(7)}`;
}
