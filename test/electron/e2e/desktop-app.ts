/**
 * Starts the real shell in the tests' Electron, on a screen that exists in memory only; with the page and the service of
 * this folder, or with those that were built.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { _electron, type ElectronApplication, type Page } from 'playwright-core';
import { TEST_ELECTRON } from '../../../scripts/test-electron.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const HERE = fileURLToPath(new URL('.', import.meta.url));

/** As root Chromium cannot make its sandbox; the page's own (`sandbox: true`) stays. */
export const AS_ROOT: readonly string[] = process.getuid?.() === 0 ? ['--no-sandbox'] : [];

export interface Screen extends AsyncDisposable {
  /** For DISPLAY. */
  readonly name: string;
}

/** A screen in memory. Who opens it closes it. */
export async function openScreen(): Promise<Screen> {
  const server = spawn('Xvfb', ['-displayfd', '1', '-screen', '0', '1280x800x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const number = await new Promise<string>((resolve, reject) => {
    server.stdout.once('data', (data: Buffer) => resolve(data.toString().trim()));
    server.once('error', reject);
    server.once('exit', (code) => reject(new Error(`Xvfb ended with ${code}`)));
  });
  return {
    name: `:${number}`,
    [Symbol.asyncDispose]: async () => {
      const gone = new Promise((resolve) => server.once('exit', resolve));
      server.kill();
      await gone;
    },
  };
}

/** Builds the shell as `npm run build:electron` does. */
export function buildShell(): void {
  const vite = join(ROOT, 'node_modules/electron-vite/bin/electron-vite.js');
  const built = spawnSync(process.execPath, [vite, 'build', '--logLevel', 'error'], { cwd: ROOT, encoding: 'utf8' });
  if (built.status !== 0) throw new Error(`electron-vite build failed:\n${built.stdout}${built.stderr}`);
}

/** A folder with the built shell, and beside it the page and the service of this folder. Who makes it removes it. */
export function makeAppFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lora-loom-shell-'));
  cpSync(join(ROOT, 'dist/electron'), join(folder, 'dist/electron'), { recursive: true });
  mkdirSync(join(folder, 'dist/renderer'));
  cpSync(join(HERE, 'page.html'), join(folder, 'dist/renderer/index.html'));
  cpSync(join(HERE, 'page.js'), join(folder, 'dist/renderer/page.js'));
  cpSync(join(HERE, 'service.js'), join(folder, 'dist/service.js'));
  const about = { name: 'lora-loom', version: '0.0.0', type: 'module', main: 'dist/electron/main.js' };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(about));
  return folder;
}

export interface DesktopApp extends AsyncDisposable {
  readonly electron: ElectronApplication;
  readonly child: ChildProcess;
  readonly page: Page;
  /** The service's process, as the page hears of it. */
  servicePid(): Promise<number>;
}

export interface AppOptions {
  readonly folder: string;
  readonly screen: Screen;
  /** Where the app keeps its own things; those of one start are there at the next. */
  readonly userFolder: string;
  readonly environment?: Readonly<Record<string, string>>;
}

export const startWords = ({ folder, userFolder }: AppOptions): readonly string[] => [
  ...AS_ROOT,
  '--disable-gpu',
  `--user-data-dir=${userFolder}`,
  folder,
];

export const startEnvironment = ({ screen, environment }: AppOptions): Record<string, string> => {
  const inherited = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  // The child of the shell must run in the Node of this test, and vitest's own settings are none of the app's business.
  const own = { DISPLAY: screen.name, LORA_LOOM_NODE: process.execPath, NODE_OPTIONS: '' };
  return { ...Object.fromEntries(inherited), ...own, ...environment };
};

export async function startApp(options: AppOptions): Promise<DesktopApp> {
  const electron = await _electron.launch({
    executablePath: TEST_ELECTRON.program,
    args: [...startWords(options)],
    env: startEnvironment(options),
    timeout: 120_000,
  });
  const child = electron.process();
  const page = await electron.firstWindow({ timeout: 120_000 });
  return {
    electron,
    child,
    page,
    servicePid: async () => (await ask<{ pid: number }>(page, 'test.process', {})).pid,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await electron.close().catch(() => undefined);
      rmSync(options.userFolder, { recursive: true, force: true });
    },
  };
}

/** Sends a call by the page's port and gives the answer. */
export async function ask<T>(page: Page, name: string, input: unknown): Promise<T> {
  const text = await page.evaluate(
    ([name, input]) =>
      new Promise<string>((resolve) => {
        const { port } = (globalThis as unknown as { loom: PageBridge }).loom;
        const id = Math.floor(Math.random() * 1e9);
        const end = port.onMessage((text) => {
          if ((JSON.parse(text) as { id?: number }).id !== id) return;
          end();
          resolve(text);
        });
        port.send(JSON.stringify({ kind: 'call', id, name, input }));
      }),
    [name, input] as const,
  );
  const answer = JSON.parse(text) as { kind: string; output: T; error?: { what: string } };
  if (answer.kind !== 'result') throw new Error(answer.error?.what ?? text);
  return answer.output;
}

interface PageBridge {
  readonly port: { send(text: string): void; onMessage(listener: (text: string) => void): () => void };
}
