/**
 * At most one run at a time in a folder: two would mix their files.
 *
 * The claim is a name that the system gives to one process and takes back when it ends, however it ends: a socket without
 * a file on Linux, a pipe on Windows, elsewhere a socket file, which is tried and replaced when nobody listens. Runs of
 * other machines on a shared disk are not seen.
 */
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../base/errors.ts';
import { systemCode } from './file-errors.ts';

/**
 * Holds the folder until it is disposed or the process ends.
 *
 * @param folder absolute; it need not be there yet
 * @throws {UserError} run/busy if another process trains there
 */
export async function claimFolder(
  folder: string,
  system: NodeJS.Platform = process.platform,
): Promise<AsyncDisposable> {
  const name = nameOf(folder, system);
  const server = (await listen(name)) ?? ((await isAnswered(name)) ? undefined : await listenAnew(name, system));
  if (server === undefined) {
    throw new UserError({
      code: 'run/busy',
      what: 'Another run is training into this folder right now',
      where: folder,
      fix: 'Wait until it has ended or stop it, or choose another output_name.',
    });
  }
  return { [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())) };
}

function nameOf(folder: string, system: NodeJS.Platform): string {
  const name = `lora-loom-${createHash('sha256').update(folder).digest('hex').slice(0, 32)}`;
  if (system === 'linux') return `\0${name}`;
  return system === 'win32' ? `\\\\.\\pipe\\${name}` : join(tmpdir(), `${name}.sock`);
}

/** Nothing where the name is taken; a system that gives no such names at all holds nobody up. */
function listen(name: string): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error) => resolve(systemCode(error) === 'EADDRINUSE' ? undefined : server));
    server.listen(name, () => resolve(server));
    server.unref();
  });
}

function isAnswered(name: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(name);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** Over the file of a process that was killed. */
async function listenAnew(name: string, system: NodeJS.Platform): Promise<Server | undefined> {
  if (system !== 'linux' && system !== 'win32') await rm(name, { force: true });
  return listen(name);
}
