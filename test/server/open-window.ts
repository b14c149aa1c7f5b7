/**
 * A server with a small window of its own and a service whose handlers the test chooses.
 */
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Handlers } from '../../trainer/api/rpc/index.ts';
import { allowedFolders, type AllowedFolders } from '../../trainer/rpc/allowed-folders.ts';
import { openServer, type OpenServer } from '../../trainer/server/server.ts';

export const TOKEN = 'a-token-of-a-test';

export interface OpenWindow extends AsyncDisposable {
  readonly server: OpenServer;
  readonly folder: string;
  readonly allowed: AllowedFolders;
  /** Of an address on the server. */
  readonly at: (path: string) => string;
  readonly mistakes: unknown[];
}

export async function openWindow(handlers: Partial<Handlers> = {}): Promise<OpenWindow> {
  const folder = await mkdtemp(join(tmpdir(), 'lora-loom-server-'));
  const windowFolder = join(folder, 'window');
  await mkdir(join(windowFolder, 'assets'), { recursive: true });
  await writeFile(join(windowFolder, 'index.html'), '<!doctype html><title>window</title>');
  await writeFile(join(windowFolder, 'assets', 'main.js'), 'export {};');
  await writeFile(join(folder, 'secret.html'), 'secret');
  await symlink(join(folder, 'secret.html'), join(windowFolder, 'link.html'));
  const allowed = allowedFolders();
  const mistakes: unknown[] = [];
  const server = await openServer({
    host: '127.0.0.1',
    port: 0,
    token: TOKEN,
    windowFolder,
    service: { handlers: handlers as Handlers, onEvent: () => () => undefined },
    requireAllowed: (path) => allowed.require(path),
    onMistake: (error) => mistakes.push(error),
  });
  return {
    server,
    folder,
    allowed,
    mistakes,
    at: (path) => `http://127.0.0.1:${server.port}${path}`,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
