/**
 * `lora-loom serve`: the window in a browser, on this computer or for one far away.
 */
import { spawn } from 'node:child_process';
import { Command, InvalidArgumentError } from 'commander';
import { UserError } from '../base/errors.ts';
import { findWindow } from '../platform/assets.ts';
import { serviceMachine } from '../platform/service-machine.ts';
import { createService } from '../rpc/service.ts';
import { isLoopback, newToken } from '../server/access.ts';
import { openServer } from '../server/server.ts';
import { CommandEnd, EXIT_CODES } from './exit-codes.ts';
import { listenForInterrupts } from './interrupts.ts';
import { whole } from './option-values.ts';
import type { Terminal } from './terminal.ts';

interface Options {
  readonly port: number;
  readonly host: string;
  readonly token?: string;
  readonly open?: boolean;
}

const PORT = 7867;
const SHORTEST_TOKEN = 12;

export function serveCommand(terminal: Terminal): Command {
  return new Command('serve')
    .description('Shows the window in a browser.')
    .option('--port <n>', 'port to listen at; 0 is any that is free', whole(0, 65_535), PORT)
    .option('--host <address>', 'address to listen at; others than this computer need --token', '127.0.0.1')
    .option('--token <text>', 'the secret in the address; left out, one is drawn', token)
    .option('--open', 'open the browser')
    .addHelpText('after', HELP)
    .action((options: Options) => serveWindow(terminal, options));
}

const HELP = `
Whoever knows the printed address can use this computer as you do through it: keep it to yourself. Over a network, put it
behind a tunnel that encrypts (ssh -L 7867:127.0.0.1:7867 you@there). Ctrl-C once lets a run save and ends; twice ends at once.
`;

function token(text: string): string {
  if (text.length >= SHORTEST_TOKEN && /^[\w.~-]+$/.test(text)) return text;
  throw new InvalidArgumentError(`A token has ${SHORTEST_TOKEN} or more letters, digits or any of - _ . ~`);
}

async function serveWindow(terminal: Terminal, options: Options): Promise<void> {
  const { host, port, token: given } = options;
  if (given === undefined && !isLoopback(host)) throw publicHost(host);
  const windowFolder = requireWindow(findWindow());

  const service = createService(serviceMachine(terminal.self));
  const now = new AbortController();
  const asked = new Promise<void>((resolve) => {
    const interrupts = listenForInterrupts((message) => terminal.error(`${message}\n`), process, resolve);
    interrupts.signal.addEventListener('abort', () => now.abort());
  });
  await using server = await openServer({
    host,
    port,
    token: given ?? newToken(),
    windowFolder,
    service,
    requireAllowed: service.requireAllowed,
    onMistake: (error) =>
      terminal.error(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`),
  });
  terminal.out(`LoRA Loom is at ${server.url}\n`);
  if (options.open === true) openBrowser(server.url);
  await asked;
  await service.close(now.signal);
  throw new CommandEnd(EXIT_CODES.interrupted);
}

const OPENERS: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', ''],
};

/** Where there is none, the printed address does. */
function openBrowser(url: string): void {
  const [program = 'xdg-open', ...words] = OPENERS[process.platform] ?? ['xdg-open'];
  const child = spawn(program, [...words, url], { stdio: 'ignore', detached: true });
  child.on('error', () => undefined);
  child.unref();
}

const publicHost = (host: string): UserError =>
  new UserError({
    code: 'server/public-host',
    what: `At ${host} others on the network could reach this computer`,
    fix: 'Add --token with a secret of your own, or leave --host out and come through a tunnel (ssh -L).',
  });

/** @throws {UserError} server/no-window */
export function requireWindow(folder: string | undefined): string {
  if (folder !== undefined) return folder;
  throw new UserError({
    code: 'server/no-window',
    what: 'The window has not been built: dist/renderer is missing',
    fix: 'Run "npm run build" first, or install LoRA Loom again.',
  });
}
