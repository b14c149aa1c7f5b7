/// <reference lib="dom" />
/**
 * The built app as a whole in a real Electron: it trains the sample job, tells when its trainer is killed, starts again,
 * and leaves no process behind.
 */
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { must } from '../../../trainer/base/errors.ts';
import { copyApp, type AppCopy } from '../../../scripts/window/app-copy.ts';
import { buildOutdated } from '../../../scripts/start/build.ts';
import { whyNoTestElectron } from '../../../scripts/test-electron.ts';
import { descendants, isAlive, killTrainer, trainersBelow } from '../../support/processes.ts';
import { QUICK_JOB, QUICK_PROMPTS, STEPS, PATIENT, stepsDrawn, untilPhase, untilShown } from '../../journey/stage.ts';
import { openScreen, startApp, type DesktopApp, type Screen } from './desktop-app.ts';

const missing = whyNoTestElectron();
if (missing !== undefined) console.log(`Training is not tested in Electron: ${missing}`);

interface OurPage {
  readonly loom: { readonly shell: { call(name: string, input: unknown): Promise<unknown> } };
}

describe.skipIf(missing !== undefined)('the desktop app', () => {
  let copy: AppCopy;
  let screen: Screen;
  let app: DesktopApp;

  beforeAll(async () => {
    buildOutdated(['trainer', 'window', 'shell']);
    copy = await copyApp({ job: QUICK_JOB, prompts: QUICK_PROMPTS });
    screen = await openScreen();
    const userFolder = mkdtempSync(join(tmpdir(), 'lora-loom-user-'));
    const environment = { LORA_LOOM_HOME: copy.home };
    app = await startApp({ folder: copy.folder, screen, userFolder, environment });
    app.page.setDefaultTimeout(PATIENT);
  });
  afterAll(async () => {
    await app?.[Symbol.asyncDispose]();
    await screen?.[Symbol.asyncDispose]();
    copy?.[Symbol.dispose]();
  });

  const start = () => app.page.getByRole('button', { name: /^Start/ });

  test('trains the sample job and shows its loss and its samples', async () => {
    await app.page.getByRole('heading', { name: 'Teach a small model this cat' }).waitFor();
    await start().click();
    await untilPhase(app.page, 'done');
    expect(await stepsDrawn(app.page)).toBe(STEPS);
    await untilShown(app.page.getByRole('img', { name: new RegExp(`, step ${STEPS}$`) }));
  });

  test('may read the samples that it shows, so that a comparison can be kept as a picture', async () => {
    const shown = app.page.getByRole('img', { name: new RegExp(`, step ${STEPS}$`) }).first();
    const bytes = await shown.evaluate(async ({ src }: HTMLImageElement) => {
      const image = new Image();
      image.crossOrigin = 'anonymous';
      image.src = src;
      await image.decode();
      const canvas = document.createElement('canvas');
      canvas.width = image.naturalWidth;
      canvas.height = image.naturalHeight;
      canvas.getContext('2d')?.drawImage(image, 0, 0);
      // Of a canvas that took a foreign picture nothing can be read.
      return canvas.toDataURL('image/png').length;
    });
    expect(bytes).toBeGreaterThan(1000);
  });

  test('moves no folder to the trash that is not the folder of a run', async () => {
    const { home } = copy;
    const refusal = await app.page.evaluate(
      (path) => (globalThis as unknown as OurPage).loom.shell.call('trashRun', { path }).then(() => 'moved', String),
      home,
    );
    expect(refusal).toContain('This is not the folder of a run');
    expect(existsSync(home)).toBe(true);
  });

  test('says why when the trainer is killed, and can start again', async () => {
    await start().click();
    await killTrainer(() => trainersBelow(must(app.child.pid, 'the app')));
    await untilPhase(app.page, 'failed');
    expect(await app.page.getByRole('complementary').getByRole('alert').innerText()).toMatch(/memory/);
    await start().click();
    await untilPhase(app.page, 'done');
  });

  test('ends with its window, and every process with it', async () => {
    const family = descendants(must(app.child.pid, 'the app'));
    expect(family.length).toBeGreaterThan(1);
    const gone = new Promise<number | null>((resolve) => app.child.once('exit', resolve));
    await app.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().forEach((one) => one.destroy()));
    expect(await gone).toBe(0);
    await expect.poll(() => family.filter(isAlive), { timeout: 30_000 }).toEqual([]);
  });
});
