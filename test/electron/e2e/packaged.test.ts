/**
 * Packs the app as for a user of Linux, around the tests' Electron, and starts what came out: the window, the trainer's
 * service in the Node that was packed beside it, the native packages, the assets.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { getCurrentFuseWire, FuseV1Options } from '@electron/fuses';
import { TEST_ELECTRON, whyNoTestElectron } from '../../../scripts/test-electron.ts';
import { isAlive } from '../../support/processes.ts';
import { AS_ROOT, ask, openScreen, type Screen } from './desktop-app.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** How the program's file says that something is off or on. */
const [OFF, ON] = [...'01'].map((digit) => digit.charCodeAt(0));

const missing = whyNoTestElectron();
if (missing !== undefined) console.log(`The packed app is not tested: ${missing}`);

describe.skipIf(missing !== undefined)('the packed app', () => {
  const output = mkdtempSync(join(tmpdir(), 'lora-loom-packed-'));
  const folder = join(output, 'linux-unpacked');
  const userFolder = join(output, 'user');
  let screen: Screen;

  beforeAll(async () => {
    screen = await openScreen();
    const words = ['--linux', 'dir', '--running-node', `-c.directories.output=${output}`];
    const electron = [`-c.electronDist=${TEST_ELECTRON.folder}`, `-c.electronVersion=${TEST_ELECTRON.version}`];
    const packed = spawnSync('npm', ['run', '--silent', 'package', '--', ...words, ...electron], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    expect(packed.status, `${packed.stdout}${packed.stderr}`).toBe(0);
  });
  afterAll(async () => {
    await screen?.[Symbol.asyncDispose]();
    rmSync(output, { recursive: true, force: true });
  });

  test('only the binaries of this platform are in it', () => {
    const modules = join(folder, 'resources/trainer/node_modules');
    expect(readdirSync(join(modules, 'onnxruntime-node/bin/napi-v6'))).toEqual([process.platform]);
    expect(readdirSync(join(modules, 'onnxruntime-node/bin/napi-v6', process.platform))).toEqual([process.arch]);
    expect(readdirSync(join(modules, '@img')).sort()).toEqual([
      'colour',
      `sharp-libvips-${process.platform}-${process.arch}`,
      `sharp-${process.platform}-${process.arch}`,
    ]);
    expect(existsSync(join(folder, 'resources/app'))).toBe(false);
  });

  test('its program runs no other script, takes no debugger and loads nothing but its own archive', async () => {
    expect(await getCurrentFuseWire(join(folder, 'lora-loom'))).toMatchObject({
      [FuseV1Options.RunAsNode]: OFF,
      [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: OFF,
      [FuseV1Options.EnableNodeCliInspectArguments]: OFF,
      [FuseV1Options.EnableCookieEncryption]: ON,
      [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: ON,
      [FuseV1Options.OnlyLoadAppFromAsar]: ON,
      [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: OFF,
      [FuseV1Options.GrantFileProtocolExtraPrivileges]: OFF,
    });
  });

  test('the Node beside it runs the command line, which finds its native packages', () => {
    const node = join(folder, 'resources/node/node');
    const told = spawnSync(node, [join(folder, 'resources/trainer/dist/lora-loom.js'), 'engines'], {
      encoding: 'utf8',
    });
    expect(told.status, told.stderr).toBe(0);
    expect(told.stdout).toMatch(/cpu/);
  });

  test('it opens its window, speaks to its trainer, and leaves nothing behind', async () => {
    const words = [...AS_ROOT, '--disable-gpu', '--remote-debugging-port=0', `--user-data-dir=${userFolder}`];
    const environment = { ...process.env, DISPLAY: screen.name, NODE_OPTIONS: '', HOME: output };
    const child = spawn(join(folder, 'lora-loom'), words, { env: environment, stdio: 'ignore' });
    const gone = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
    try {
      await expect.poll(() => existsSync(join(userFolder, 'DevToolsActivePort')), { timeout: 120_000 }).toBe(true);
      const [port = ''] = readFileSync(join(userFolder, 'DevToolsActivePort'), 'utf8').split('\n');
      const browser = await chromium.connectOverCDP(`http://127.0.0.1:${port}`);
      const page = await firstPage(browser);
      expect(page.url()).toBe('app://loom/index.html');
      await page.waitForSelector('#root > *', { state: 'attached', timeout: 120_000 });
      await page.waitForFunction(SERVICE_IS_OPEN, null, { timeout: 120_000 });
      const info = await ask<{ bundled: { sampleDataset?: string } }>(page, 'app.info', {});
      expect(info.bundled.sampleDataset).toContain('sample-dataset');
      await browser.close();
      const service = Number(
        spawnSync('pgrep', ['-P', `${child.pid}`, '-f', 'service.js'], { encoding: 'utf8' }).stdout,
      );
      expect(isAlive(service)).toBe(true);
      child.kill('SIGTERM');
      expect(await gone).toBe(0);
      await expect.poll(() => isAlive(service)).toBe(false);
    } finally {
      child.kill('SIGKILL');
    }
  });
});

/** In the page. */
const SERVICE_IS_OPEN = () =>
  new Promise((resolve) => {
    const { port } = (globalThis as unknown as { loom: { port: { onOpen(listener: () => void): () => void } } }).loom;
    port.onOpen(() => resolve(true));
  });

async function firstPage(browser: Browser): Promise<Page> {
  await expect.poll(() => browser.contexts()[0]?.pages().length ?? 0, { timeout: 120_000 }).toBeGreaterThan(0);
  return browser.contexts()[0]?.pages()[0] ?? expect.fail('the app has no page');
}
