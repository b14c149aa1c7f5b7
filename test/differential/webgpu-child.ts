/**
 * The process that compares WebGPU with the CPU: one line of JSON per case on standard output.
 *
 * Argument: a folder for ONNX Runtime's profiles. webgpu.test.ts starts it with the software GPU's variables.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { must } from '../../trainer/base/errors.ts';
import { createOrtExecutor } from '../../trainer/exec/ort/executor.ts';
import { readProfile } from '../../trainer/exec/ort/profile.ts';
import { blockCases, differentialCases, largestDifference, runCase, type DifferentialCase } from './cases.ts';

export interface WebGpuResult {
  readonly title: string;
  readonly difference?: number;
  /** Where the nodes ran. */
  readonly providers?: readonly string[];
  readonly error?: string;
}

const folder = must(process.argv[2], 'the folder for profiles');
const cpu = createOrtExecutor(ort, { provider: 'cpu', threads: 1 });

async function compare(sample: DifferentialCase, index: number): Promise<WebGpuResult> {
  const { title } = sample;
  const profilePrefix = join(folder, `case${index}`);
  const webgpu = createOrtExecutor(ort, { provider: 'webgpu', withoutFallback: true, profilePrefix });
  try {
    const difference = largestDifference(await runCase(cpu, sample), await runCase(webgpu, sample));
    const name = must(
      readdirSync(folder).find((file) => file.startsWith(`case${index}_`)),
      'the profile',
    );
    const nodes = readProfile(readFileSync(join(folder, name), 'utf8'));
    return { title, difference, providers: [...new Set(nodes.map(({ provider }) => provider))] };
  } catch (error) {
    return { title, error: String(error) };
  }
}

const cases = [...differentialCases(), ...blockCases()];
// A session that stays keeps the device and its compiled shaders, which are most of the time here.
const device = await createOrtExecutor(ort, { provider: 'webgpu' }).compile(must(cases[0], 'a case').graph);
for (const [index, sample] of cases.entries()) console.log(JSON.stringify(await compare(sample, index)));
await device[Symbol.asyncDispose]();
