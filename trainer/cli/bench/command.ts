/**
 * `lora-loom bench`: how fast and how large a training step of SD 1.5 size is on this machine, each case in a process of
 * its own. It reports what it measured; it never fails because a goal is missed.
 */
import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { Command, Option } from 'commander';
import { InternalError } from '../../base/errors.ts';
import { createOrtExecutor } from '../../exec/ort/executor.ts';
import { writeRandomCheckpoint } from '../../formats/random-checkpoint/write.ts';
import { loadOnnxRuntime } from '../../platform/onnxruntime.ts';
import { jsonLine, type Terminal } from '../terminal.ts';
import { figureLines, figuresOf, growthLines, planLines } from './figures.ts';
import { measure, type BenchCase, type Measurement } from './measurement.ts';
import { CASES, planSdxl } from './plan.ts';

interface Options {
  readonly checkpoint?: string;
  readonly quick?: boolean;
  readonly json?: boolean;
  readonly case?: string;
}

export function benchCommand(terminal: Terminal): Command {
  return new Command('bench')
    .description('Measures training steps of SD 1.5 size on the processor: speed, memory, start.')
    .option('--checkpoint <path>', 'an SD 1.x checkpoint; without it, one of random weights is made (4 GB)')
    .option('--quick', 'measure 256 and 512 px only')
    .option('--json', 'print JSON')
    .addOption(new Option('--case <json>', 'measure one case in this process').hideHelp())
    .action(async (options: Options) => {
      if (options.case !== undefined) {
        terminal.out(jsonLine(await measureHere(terminal, JSON.parse(options.case) as BenchCase)));
        return;
      }
      const checkpoint = options.checkpoint ?? (await randomCheckpoint(terminal));
      const measurements: Measurement[] = [];
      for (const bench of options.quick === true ? CASES.quick : CASES.whole) {
        const measured = await measureApart(terminal.self, { ...bench, checkpoint });
        measurements.push(measured);
        terminal.error(growthLines([measured]).split('\n')[1]?.concat('\n') ?? '');
      }
      const figures = figuresOf(measurements);
      const sdxl = planSdxl();
      if (options.json) terminal.out(jsonLine({ figures, measurements, sdxl }));
      else terminal.out(`\n${figureLines(figures)}\n${growthLines(measurements)}\n${planLines(sdxl)}\n`);
    });
}

async function measureHere({ files, clock }: Terminal, bench: BenchCase): Promise<Measurement> {
  const executor = createOrtExecutor(await loadOnnxRuntime(), { provider: 'cpu' });
  // Node gives the peak in units of 1024 bytes on every platform.
  const peakMemory = (): number => process.resourceUsage().maxRSS * 1024;
  return measure({ files, clock, executor, peakMemory }, bench);
}

/** Peak memory is a process's own, so each case gets one. */
function measureApart(self: readonly string[], bench: BenchCase): Promise<Measurement> {
  const [program = process.execPath, ...start] = self;
  return new Promise((resolve, reject) => {
    execFile(program, [...start, 'bench', '--case', JSON.stringify(bench)], (error, stdout, stderr) => {
      if (error === null) resolve(JSON.parse(stdout) as Measurement);
      else reject(new InternalError(`the measurement ended with ${String(error.code)}: ${stderr}`, { cause: error }));
    });
  });
}

async function randomCheckpoint({ files, error }: Terminal): Promise<string> {
  const path = files.join(tmpdir(), 'lora-loom-bench', 'sd15-random-f32.safetensors');
  if ((await files.status(path)) === undefined) {
    error(`Writing a checkpoint of random weights to ${path} ...\n`);
    await writeRandomCheckpoint(files, path, { family: 'sd1', size: 'full', layout: 'ldm', dtype: 'F32', seed: 1 });
  }
  return path;
}
