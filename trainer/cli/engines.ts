/**
 * `lora-loom engines`: what computes on this machine, each engine proven by a graph of one node.
 */
import { execFile } from 'node:child_process';
import { Command, Option } from 'commander';
import { isProvider, listEngines, tryEngine, type EngineTrial } from '../platform/engines.ts';
import { probeHardware, type Hardware } from '../platform/hardware.ts';
import { loadOnnxRuntime } from '../platform/onnxruntime.ts';
import { jsonLine, type Terminal } from './terminal.ts';

interface Options {
  readonly json?: boolean;
  readonly try?: string;
}

export function enginesCommand(terminal: Terminal): Command {
  return new Command('engines')
    .description('Lists the engines that can train on this machine, each tried.')
    .option('--json', 'print JSON')
    .addOption(new Option('--try <engine>', 'try one engine in this process').hideHelp())
    .action(async (options: Options) => {
      if (options.try !== undefined && isProvider(options.try)) {
        const reason = await tryEngine(await loadOnnxRuntime(), options.try);
        terminal.out(jsonLine(reason ?? null));
        return;
      }
      const engines: EngineTrial[] = [];
      for (const engine of listEngines(await loadOnnxRuntime())) {
        const reason = await tryApart(terminal.self, engine.name);
        engines.push(reason === undefined ? { ...engine, works: true } : { ...engine, works: false, reason });
      }
      const hardware = probeHardware();
      terminal.out(options.json ? jsonLine({ engines, hardware }) : enginesText(engines, hardware));
    });
}

/** Tries an engine in a process of its own: a driver may print whatever it likes, or crash. */
function tryApart(self: readonly string[], name: string): Promise<string | undefined> {
  const [program = process.execPath, ...start] = self;
  return new Promise((resolve) => {
    execFile(program, [...start, 'engines', '--try', name], { timeout: 60_000 }, (error, stdout) => {
      const line = stdout.trim().split('\n').at(-1) ?? '';
      if (error === null && line !== '') resolve((JSON.parse(line) as string | null) ?? undefined);
      else resolve(`Its trial ended with ${error?.signal ?? `exit code ${String(error?.code)}`}`);
    });
  });
}

function enginesText(engines: readonly EngineTrial[], hardware: Hardware): string {
  const gibibytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  const lines = engines.map(({ name, bundled, works, reason }) => {
    const extra = bundled || works ? '' : ' (needs a library that is not included)';
    return `${name.padEnd(8)} ${works ? 'works' : `does not work: ${reason ?? ''}${extra}`}\n`;
  });
  const { processor, cores, memory, platform, architecture } = hardware;
  return `${lines.join('')}\n${processor}, ${cores} threads, ${gibibytes(memory)} of memory, ${platform} ${architecture}\n`;
}
