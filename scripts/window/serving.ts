/**
 * `lora-loom serve` of a copy of the app, in a process of its own.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { AppCopy } from './app-copy.ts';

export interface Serving extends AsyncDisposable {
  /** With the token. */
  readonly url: string;
  readonly pid: number;
}

export async function serveCopy({ folder, home }: AppCopy): Promise<Serving> {
  const child = spawn(process.execPath, [join(folder, 'dist/lora-loom.js'), 'serve', '--port', '0'], {
    cwd: folder,
    env: { ...process.env, LORA_LOOM_HOME: home, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  let said = '';
  child.stderr.on('data', (data: Buffer) => (said += data.toString()));
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (data: Buffer) => {
      const address = /http:\S+/.exec(data.toString())?.[0];
      if (address !== undefined) resolve(address);
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`lora-loom serve ended with ${code}: ${said}`)));
  });
  return {
    url,
    pid: child.pid ?? 0,
    [Symbol.asyncDispose]: async () => {
      // Twice: a run that is on need not be saved.
      child.kill('SIGINT');
      child.kill('SIGTERM');
      await gone;
    },
  };
}
