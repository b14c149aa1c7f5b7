/// <reference lib="dom" />
/**
 * The real shell in a real Electron, with a page and a service made for looking: what a page may do, and what happens
 * when something ends that should not.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { must } from '../../../trainer/base/errors.ts';
import { TEST_ELECTRON, whyNoTestElectron } from '../../../scripts/test-electron.ts';
import { CONTENT_SECURITY_POLICY } from '../../../electron/main/pages.ts';
import { descendants, isAlive } from '../../support/processes.ts';
import {
  ask,
  buildShell,
  makeAppFolder,
  openScreen,
  startApp,
  startEnvironment,
  startWords,
  type DesktopApp,
  type Screen,
} from './desktop-app.ts';

const PICTURE = fileURLToPath(new URL('../../../assets/icon/icon.png', import.meta.url));
const OPEN_AGAIN = { timeout: 60_000 };

const missing = whyNoTestElectron();
if (missing !== undefined) console.log(`The shell is not tested in Electron: ${missing}`);

describe.skipIf(missing !== undefined)('the shell in Electron', () => {
  let screen: Screen;
  let folder: string;
  let app: DesktopApp;

  beforeAll(async () => {
    buildShell();
    screen = await openScreen();
    folder = makeAppFolder();
    app = await startApp({ folder, screen, userFolder: newUserFolder() });
    await untilState(/^open$/);
  });

  afterAll(async () => {
    await app?.[Symbol.asyncDispose]();
    await screen?.[Symbol.asyncDispose]();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  const untilState = (pattern: RegExp): Promise<unknown> =>
    app.page.waitForFunction(
      (source) => new RegExp(source).test(document.querySelector('#state')?.textContent ?? ''),
      pattern.source,
      OPEN_AGAIN,
    );

  test('the page lives in a sandbox of its own, without Node', async () => {
    const preferences = await app.electron.evaluate(({ BrowserWindow }) => {
      // Not among Electron's types, and the only place that tells what is in force.
      const page = BrowserWindow.getAllWindows()[0]?.webContents as unknown as { getLastWebPreferences(): object };
      return page.getLastWebPreferences();
    });
    expect(preferences).toMatchObject({
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      webviewTag: false,
    });
    expect(
      await app.page.evaluate(() =>
        ['require', 'process', 'module', 'ipcRenderer'].filter((name) => name in globalThis),
      ),
    ).toEqual([]);
  });

  test('the page comes by app:// with the content security policy, and an inline script does not run', async () => {
    const page = await app.page.evaluate(async () => {
      const answer = await fetch(location.href);
      const script = document.createElement('script');
      script.textContent = 'globalThis.inlineScriptRan = true';
      document.body.append(script);
      return { policy: answer.headers.get('content-security-policy'), ran: 'inlineScriptRan' in globalThis };
    });
    expect(app.page.url()).toBe('app://loom/index.html');
    expect(page).toEqual({ policy: CONTENT_SECURITY_POLICY, ran: false });
  });

  test.each(['app://loom/..%2f..%2fpackage.json', 'app://loom/nothing.html', 'app://loom/%00.html'])(
    '%s is not answered',
    async (address) => {
      expect(await app.page.evaluate(async (address) => (await fetch(address)).status, address)).toBe(404);
    },
  );

  test('nothing leads the window away: no link, no script, no new window', async () => {
    await app.page.evaluate(() => document.querySelector<HTMLElement>('#away')?.click());
    await app.page.evaluate(() => void (location.href = 'https://example.com/'));
    const opened = await app.page.evaluate(() => window.open('https://example.com/') === null);
    await app.page.waitForTimeout(500);
    expect(opened).toBe(true);
    expect(app.page.url()).toBe('app://loom/index.html');
    expect(app.electron.windows()).toHaveLength(1);
  });

  test('the page reaches no network and no file', async () => {
    const reach = (address: string): Promise<string> =>
      app.page.evaluate(
        (address) =>
          fetch(address).then(
            () => 'reached',
            () => 'refused',
          ),
        address,
      );
    expect(await reach('http://127.0.0.1:9/')).toBe('refused');
    expect(await reach(pathToFileURL(PICTURE).href)).toBe('refused');
  });

  test('wishes for the camera, the place or notes are denied', async () => {
    const place = await app.page.evaluate(
      () =>
        new Promise<string>((resolve) => {
          navigator.geolocation.getCurrentPosition(
            () => resolve('told'),
            ({ code }) => resolve(code === 1 ? 'denied' : `code ${code}`),
          );
        }),
    );
    expect(place).toBe('denied');
    expect(await app.page.evaluate(() => Notification.permission)).toBe('denied');
  });

  test('a picture is shown where the service allows it, and nowhere else', async () => {
    mkdirSync(join(folder, 'allowed'));
    copyFileSync(PICTURE, join(folder, 'allowed/cat.png'));
    copyFileSync(PICTURE, join(folder, 'cat.png'));
    const shown = (path: string): Promise<number> =>
      app.page.evaluate(async (path) => {
        const picture = new Image();
        picture.src = `media://local/?path=${encodeURIComponent(path)}`;
        return picture.decode().then(
          () => picture.naturalWidth,
          () => 0,
        );
      }, path);
    expect(await shown(join(folder, 'allowed/cat.png'))).toBe(1024);
    expect(await shown(join(folder, 'cat.png'))).toBe(0);
  });

  test('a call to the desktop is checked, and its failure is a sentence', async () => {
    const call = (name: string, input: unknown): Promise<unknown> =>
      app.page.evaluate(
        ([name, input]) => {
          const { shell } = (
            globalThis as unknown as { loom: { shell: { call(name: string, input: unknown): Promise<unknown> } } }
          ).loom;
          return shell.call(name, input).catch((error: Error) => error.message);
        },
        [name, input] as const,
      );
    await app.electron.evaluate(({ dialog }) => {
      dialog.showOpenDialog = async () => ({ canceled: false, filePaths: ['/pictures/cat'] });
    });
    expect(await call('pickFolder', { title: 'Pictures' })).toEqual({ path: '/pictures/cat' });
    expect(await call('pickFolder', { title: 3 })).toMatch(
      /^The window asked for “pickFolder” in a wrong way \(title: /,
    );
    expect(await call('runProgram', {})).toBe('The window asked for “runProgram”, which LoRA Loom does not know.');
    expect(await call('openExternal', { url: 'file:///etc/passwd' })).toMatch(/^LoRA Loom does not open file:/);
    await call('setDocument', { name: 'cat.toml', changes: 'kept' });
    const title = await app.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getTitle());
    expect(title).toBe('cat.toml • - LoRA Loom');
    await call('setDocument', { name: '', changes: 'none' });
  });

  test('what is no message of the contract is refused and goes no further', async () => {
    await app.page.evaluate(() =>
      (globalThis as unknown as { loom: { port: { send(text: string): void } } }).loom.port.send('{"kind":"shutdown"}'),
    );
    await app.page.waitForFunction(() => document.querySelector('#heard')?.textContent?.includes('"refused"'));
    expect(await app.page.textContent('#heard')).toContain('rpc/not-a-message');
  });

  test('the computer stays awake while a run is on or pictures are drawn', async () => {
    const awake = (): Promise<boolean> =>
      app.electron.evaluate(({ powerSaveBlocker }) => [0, 1, 2, 3].some((id) => powerSaveBlocker.isStarted(id)));
    expect(await awake()).toBe(false);
    await ask(app.page, 'test.run', { name: 'cat' });
    await expect.poll(awake).toBe(true);
    await ask(app.page, 'test.run', {});
    await expect.poll(awake).toBe(false);
    await ask(app.page, 'test.draw', { kind: 'started' });
    await expect.poll(awake).toBe(true);
    await ask(app.page, 'test.draw', { kind: 'done' });
    await expect.poll(awake).toBe(false);
  });

  test('a service that is killed is told of in a sentence and comes back by itself', async () => {
    const killed = await app.servicePid();
    process.kill(killed, 'SIGKILL');
    await untilState(/^The trainer stopped working \(SIGKILL\)\. It is being started again\.$/);
    await untilState(/^open$/);
    const next = await app.servicePid();
    expect(next).not.toBe(killed);
    expect(isAlive(killed)).toBe(false);
  });

  test('a helper of the window that is killed is noted in the log, and pages are still loaded', async () => {
    const logs = join(await app.electron.evaluate(({ app }) => app.getPath('userData')), 'logs');
    const helper = await app.electron.evaluate(({ app }) =>
      app.getAppMetrics().find(({ type, name }) => type === 'Utility' && name === 'Network Service'),
    );
    process.kill(must(helper, 'the network service').pid, 'SIGKILL');
    await expect
      .poll(() => readFileSync(join(logs, 'window.log'), { encoding: 'utf8', flag: 'a+' }))
      .toMatch(/^\S+Z Utility, Network Service: killed \(exit code 9\)\n$/);
    await app.page.reload();
    await untilState(/^open$/);
  });

  test('a page that is loaded again finds the service again', async () => {
    await app.page.reload();
    await untilState(/^open$/);
    expect(await app.servicePid()).toBeGreaterThan(0);
  });
});

describe.skipIf(missing !== undefined)('closing the app', () => {
  test('a training goes on without the window, a second start shows it again, and its end ends the app', async () => {
    await using screen = await openScreen();
    const folder = makeAppFolder();
    const options = { folder, screen, userFolder: newUserFolder() };
    await using app = await startApp(options);
    const service = await serviceOf(app);
    await ask(app.page, 'test.run', { name: 'cat' });

    await answerQuestions(app, 2);
    await closeWindow(app);
    await expect.poll(() => questionsOf(app)).toEqual(['“cat” is training']);
    expect(app.electron.windows()).toHaveLength(1);

    await answerQuestions(app, 0);
    await Promise.all([app.page.waitForEvent('close'), closeWindow(app)]);
    expect(isAlive(service)).toBe(true);

    const again = app.electron.waitForEvent('window');
    const second = spawnSync(TEST_ELECTRON.program, startWords(options), { env: startEnvironment(options) });
    expect(second.status).toBe(0);
    const page = await again;
    await page.waitForFunction(() => document.querySelector('#state')?.textContent === 'open');
    expect(await ask<{ pid: number }>(page, 'test.process', {})).toEqual({ pid: service });

    const gone = ended(app);
    await Promise.all([page.waitForEvent('close'), closeWindow(app)]);
    // The run ends while no window is there: the service tells the app alone.
    process.kill(service, 'SIGUSR2');
    expect(await gone).toBe(0);
    await expect.poll(() => isAlive(service)).toBe(false);
    rmSync(folder, { recursive: true });
  });

  test('a drawing is asked about too, and what is typed is waited for before that', async () => {
    await using screen = await openScreen();
    const folder = makeAppFolder();
    await using app = await startApp({ folder, screen, userFolder: newUserFolder() });
    await serviceOf(app);
    await answerQuestions(app, 2);
    await ask(app.page, 'test.draw', { kind: 'started' });
    await setDocument(app, 'captions');
    await closeWindow(app);
    await app.page.waitForTimeout(500);
    expect(await questionsOf(app)).toEqual([]);
    await setDocument(app, 'none');
    await expect.poll(() => questionsOf(app)).toEqual(['Pictures are being drawn']);
    const gone = ended(app);
    await answerQuestions(app, 1);
    await closeWindow(app);
    expect(await gone).toBe(0);
    rmSync(folder, { recursive: true });
  });

  test('closing the window ends the app, the service and every process that they started', async () => {
    await using screen = await openScreen();
    const folder = makeAppFolder();
    await using app = await startApp({ folder, screen, userFolder: newUserFolder() });
    const service = await serviceOf(app);
    const family = descendants(must(app.child.pid, 'the app'));
    expect(family).toContain(service);
    const gone = ended(app);
    await closeWindow(app);
    expect(await gone).toBe(0);
    await expect.poll(() => family.filter(isAlive)).toEqual([]);
    rmSync(folder, { recursive: true });
  });

  test('an app that is killed takes its service with it', async () => {
    await using screen = await openScreen();
    const folder = makeAppFolder();
    await using app = await startApp({ folder, screen, userFolder: newUserFolder() });
    const service = await serviceOf(app);
    app.child.kill('SIGKILL');
    await expect.poll(() => isAlive(service), { timeout: 10_000 }).toBe(false);
    rmSync(folder, { recursive: true });
  });
});

const newUserFolder = (): string => mkdtempSync(join(tmpdir(), 'lora-loom-user-'));

async function serviceOf(app: DesktopApp): Promise<number> {
  await app.page.waitForFunction(() => document.querySelector('#state')?.textContent === 'open', null, OPEN_AGAIN);
  return app.servicePid();
}

/** A person's answer to every question from now on: the number of a button. */
const answerQuestions = (app: DesktopApp, button: number): Promise<void> =>
  app.electron.evaluate(({ dialog }, button) => {
    const asked: string[] = [];
    Object.assign(globalThis, { asked });
    dialog.showMessageBox = async (...given: unknown[]) => {
      asked.push((given.at(-1) as { message: string }).message);
      return { response: button, checkboxChecked: false };
    };
  }, button);

const setDocument = (app: DesktopApp, changes: string): Promise<unknown> =>
  app.page.evaluate((changes) => {
    const { loom } = globalThis as unknown as {
      loom: { shell: { call(name: string, input: unknown): Promise<unknown> } };
    };
    return loom.shell.call('setDocument', { name: 'cat', changes });
  }, changes);

const questionsOf = (app: DesktopApp): Promise<readonly string[]> =>
  app.electron.evaluate(() => (globalThis as unknown as { asked: string[] }).asked);

const closeWindow = (app: DesktopApp): Promise<void> =>
  app.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().forEach((window) => window.close()));

const ended = (app: DesktopApp): Promise<number | null> =>
  new Promise((resolve) => app.child.once('exit', (code) => resolve(code)));
