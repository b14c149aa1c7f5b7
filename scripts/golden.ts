/**
 * Replays training traces of sd-scripts: `npm run golden -- --models DIR --traces DIR [--json]`, one line a case.
 *
 * DIR/models holds a folder for each family with a checkpoint in either layout, DIR/traces a folder for each case (see
 * trainer/train/trace.ts). Ends with 1 when a case differs or cannot be read.
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { describeError, UserError } from '../trainer/base/errors.ts';
import { createOrtExecutor } from '../trainer/exec/ort/executor.ts';
import { machineFiles } from '../trainer/platform/files.ts';
import { loadOnnxRuntime } from '../trainer/platform/onnxruntime.ts';
import { replayAll, type ReplayResult } from '../trainer/train/replay.ts';

const USAGE = 'Usage: npm run golden -- --models DIR --traces DIR [--json]';

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(describeError(error.report));
  process.exitCode = 2;
}

async function main(): Promise<number> {
  const given = options();
  if (given?.models === undefined || given.traces === undefined) {
    console.error(USAGE);
    return 2;
  }
  const executor = createOrtExecutor(await loadOnnxRuntime(), { provider: 'cpu' });
  const tools = { files: machineFiles(), executor, models: resolve(given.models) };
  let bad = 0;
  for await (const result of replayAll(tools, resolve(given.traces))) {
    console.log(given.json ? JSON.stringify(result) : line(result));
    if (result.status === 'differs' || result.status === 'broken') bad += 1;
  }
  return bad === 0 ? 0 : 1;
}

function options() {
  try {
    return parseArgs({
      options: { models: { type: 'string' }, traces: { type: 'string' }, json: { type: 'boolean', default: false } },
    }).values;
  } catch {
    return undefined;
  }
}

function line(result: ReplayResult): string {
  const start = `${result.case.padEnd(20)} ${result.status.padEnd(12)}`;
  switch (result.status) {
    case 'unsupported':
      return `${start} ${result.settings.join(', ')}`;
    case 'broken':
      return `${start} ${result.what} (${result.where}). ${result.fix}`;
    default: {
      const { maxLossError, minGradCosine, finalCosine } = result;
      return `${start} maxLossError ${maxLossError.toExponential(2)}  minGradCosine ${minGradCosine.toFixed(7)}  finalCosine ${finalCosine.toFixed(7)}`;
    }
  }
}
