/**
 * The command line for scripts: commands run as if they had been typed, and are shown before they run.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { relative } from 'node:path';
import { runCommandLine } from '../trainer/cli/program.ts';
import type { Terminal } from '../trainer/cli/terminal.ts';
import { machineClock } from '../trainer/platform/clock.ts';
import { machineFiles } from '../trainer/platform/files.ts';

export const terminal: Terminal = {
  out: (text) => void process.stdout.write(text),
  error: (text) => void process.stderr.write(text),
  watched: process.stderr.isTTY,
  barStream: process.stderr,
  files: machineFiles(),
  clock: machineClock,
  self: [process.execPath, ...process.execArgv, fileURLToPath(new URL('../trainer/cli/main.ts', import.meta.url))],
};

/** Runs a command of `lora-loom`; where it fails the script ends with its exit code. */
export async function run(...words: readonly string[]): Promise<void> {
  console.log(`\n$ lora-loom ${words.map(quoted).join(' ')}`);
  const code = await runCommandLine(words, terminal);
  if (code !== 0) process.exit(code);
}

/** A path as one would type it here. */
export function shown(path: string): string {
  return relative(process.cwd(), path) || '.';
}

/** A paragraph. */
export function tell(...lines: readonly string[]): void {
  console.log(`\n${lines.join('\n')}`);
}

/** A word of a command as one types it. */
function quoted(word: string): string {
  const text = existsSync(word) ? shown(word) : word;
  return /[^\w./\\:=-]/.test(text) ? `"${text}"` : text;
}
