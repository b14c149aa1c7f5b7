#!/usr/bin/env node
/**
 * Where `lora-loom` starts: hands the real terminal, files and clock to the command line.
 */
import { fileURLToPath } from 'node:url';
import { machineClock } from '../platform/clock.ts';
import { machineFiles } from '../platform/files.ts';
import { runCommandLine } from './program.ts';

// Whoever reads our output may stop doing so, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
// What is said beside the result may be lost; the work goes on.
process.stderr.on('error', () => undefined);

process.exitCode = await runCommandLine(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  error: (text) => void process.stderr.write(text),
  watched: process.stderr.isTTY,
  barStream: process.stderr,
  files: machineFiles(),
  clock: machineClock,
  self: [process.execPath, ...process.execArgv, fileURLToPath(import.meta.url)],
});
