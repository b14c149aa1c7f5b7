/**
 * `npm start`: opens the desktop app. Where Electron cannot start, it says why in a sentence and opens browser mode
 * instead. Words after `--` go to browser mode (`npm start -- --port 8080`); `npm start -- --browser` asks for it.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildOutdated } from './start/build.ts';
import { explainDeath, rootWords, whyNoWindow } from './start/reasons.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const require = createRequire(import.meta.url);
/** The app says so on its standard output when its window is shown. */
const OPEN = 'the window is open';

const words = process.argv.slice(2);
try {
  buildOutdated(['trainer', 'window', 'shell']);
} catch {
  process.exit(1);
}
if (words.includes('--browser')) {
  browserMode(words.filter((word) => word !== '--browser'));
} else {
  const reason = whyNoWindow(process.platform, process.env) ?? electronProblem() ?? (await openDesktop());
  if (reason !== undefined) {
    console.log(`The desktop app cannot open: ${reason}\nOpening browser mode instead.\n`);
    browserMode(words);
  }
}

/** Why there is no Electron, after trying to get one: its npm package downloads it at the first start. */
function electronProblem(): string | undefined {
  if (existsSync(electronProgram() ?? '')) return undefined;
  console.log('Downloading Electron, once ...');
  const installer = require.resolve('electron/install.js');
  const { status, stderr } = spawnSync(process.execPath, [installer], { encoding: 'utf8', timeout: 600_000 });
  if (status === 0 && existsSync(electronProgram() ?? '')) return undefined;
  const cause = /^\s*(?:\w*Error|cause)?:? ?(.*(?:ENOTFOUND|ECONN|EAI_AGAIN|ETIMEDOUT|status|HTTP).*)$/m.exec(stderr);
  return `Electron could not be downloaded${cause?.[1] === undefined ? '' : ` (${cause[1].trim()})`}.`;
}

/** Where Electron's program is, or would be. */
function electronProgram(): string | undefined {
  const folder = process.env['ELECTRON_OVERRIDE_DIST_PATH'] ?? join(ROOT, 'node_modules/electron/dist');
  const names: Readonly<Record<string, string>> = {
    darwin: 'Electron.app/Contents/MacOS/Electron',
    win32: 'electron.exe',
  };
  return join(folder, names[process.platform] ?? 'electron');
}

/** Resolves with a reason when no window came, and never otherwise: the process ends with the app. */
function openDesktop(): Promise<string> {
  return new Promise((resolve) => {
    const environment = { LORA_LOOM_NODE: process.execPath, ...process.env };
    const child = spawn(electronProgram() ?? '', [...rootWords(process), ROOT], {
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let isOpen = false;
    let said = '';
    child.stdout.on('data', (data: Buffer) => (isOpen ||= data.toString().includes(OPEN)));
    child.stderr.on('data', (data: Buffer) => {
      said = `${said}${data.toString()}`.slice(-20_000);
      if (process.env['LORA_LOOM_DEBUG']) process.stderr.write(data);
    });
    child.once('error', (error) => resolve(`Electron does not start (${error.message}).`));
    child.once('exit', (code, signal) => {
      // A second start that brought the first to the front ends well and without a window.
      if (isOpen || code === 0) process.exit(code ?? 1);
      resolve(explainDeath(said, signal ?? `exit code ${code}`));
    });
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => child.kill(name));
  });
}

function browserMode(options: readonly string[]): void {
  const child = spawn(process.execPath, [join(ROOT, 'dist/lora-loom.js'), 'serve', ...options], { stdio: 'inherit' });
  // Ctrl-C reaches both; who ends this process alone means the other one too.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.once('exit', (code) => process.exit(code ?? 1));
}
