/**
 * Starts the trainer's service as a child in plain Node. Never in Electron's own binary: its allocator ends the process
 * at one block above 1 GiB, which engines ask for.
 */
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import type { Launch } from './service-process.ts';

export interface Surroundings {
  readonly packaged: boolean;
  /** Electron's folder of extra resources. */
  readonly resources: string;
  /** The folder of package.json; in development only. */
  readonly root: string;
  readonly platform: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Program and arguments that start the service. */
export function serviceCommand(surroundings: Surroundings): readonly [string, ...string[]] {
  const { packaged, resources, root, platform, environment } = surroundings;
  const ownNode = join(resources, 'node', platform === 'win32' ? 'node.exe' : 'node');
  // npm tells the programs that it starts which Node it runs in.
  const anyNode = packaged ? ownNode : (environment['npm_node_execpath'] ?? 'node');
  const script = join(packaged ? join(resources, 'trainer') : root, 'dist', 'service.js');
  return [environment['LORA_LOOM_NODE'] ?? anyNode, script];
}

/** The child's variables: ours, without those that would change what Node does. */
export function serviceEnvironment(environment: Surroundings['environment']): NodeJS.ProcessEnv {
  const kept = Object.entries(environment).filter(([name]) => !/^(ELECTRON_|NODE_OPTIONS$|NODE_CHANNEL_)/.test(name));
  return Object.fromEntries(kept);
}

/** @param log file that gets what the child prints */
export const launcher =
  (command: readonly [string, ...string[]], environment: NodeJS.ProcessEnv, log: string): Launch =>
  ({ message, exit }) => {
    const [program, ...words] = command;
    const child = spawn(program, words, {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: environment,
      windowsHide: true,
    });
    const written = createWriteStream(log);
    written.on('error', () => undefined);
    child.stdout?.pipe(written, { end: false });
    child.stderr?.pipe(written, { end: false });

    let isOver = false;
    const over = (how: string): void => {
      if (isOver) return;
      isOver = true;
      written.end();
      exit(how);
    };
    child.on('message', message);
    child.once('error', (error) => over(error.message));
    child.once('exit', (code, signal) => over(signal ?? `exit code ${code}`));
    return {
      send: (text) => void (child.connected && child.send(text, () => undefined)),
      kill: (signal) => void child.kill(signal),
    };
  };
