/**
 * What somebody brings along: a folder that is dropped on the page, a config of Kohya's GUI, and a job with a mistake.
 */
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { whyNoChromium } from '../../scripts/window/chromium.ts';
import { KOHYA_GUI_CONFIG } from '../support/kohya-gui-config.ts';
import { killTrainer, trainersBelow } from '../support/processes.ts';
import { openStage, pageLink, untilPhase, untilShown, type Stage } from './stage.ts';

const missing = whyNoChromium();
if (missing !== undefined) console.log(`The window is not tested in a browser: ${missing}`);

describe.skipIf(missing !== undefined)('somebody with files of their own', () => {
  let stage: Stage;
  let page: Page;

  beforeAll(async () => {
    stage = await openStage();
    page = await stage.openPage();
  });
  afterAll(() => stage?.[Symbol.asyncDispose]());

  const dataset = (): string => join(stage.copy.folder, 'assets/sample-dataset');

  test('drops a folder on the Dataset page: it is copied, and its repeats and captions count', async () => {
    await pageLink(page, 'Dataset').click();
    await dropOnPage(page, join(dataset(), '10_sks cat'));
    await page.getByText('9 × 10 repeats = 90').waitFor();
    await untilShown(page.getByRole('group', { name: 'Images' }).locator('img'));
    const folder = join(stage.copy.home, 'work/datasets/10_sks cat');
    expect(readdirSync(folder).sort()).toEqual(readdirSync(join(dataset(), '10_sks cat')).sort());
    await pageLink(page, 'Train').click();
    expect(await page.getByRole('combobox', { name: 'Image folder', exact: true }).inputValue()).toBe(folder);
    expect(await page.getByRole('textbox', { name: 'Instance prompt', exact: true }).inputValue()).toBe('sks cat');
  });

  test('drops Kohya’s folders from any page: they keep their tree, and each file that was not taken is said', async () => {
    const tree = join(stage.copy.folder, 'my cats');
    const put = (folder: string, from: string, name: string): void => {
      mkdirSync(join(tree, folder), { recursive: true });
      copyFileSync(join(dataset(), '10_sks cat', from), join(tree, folder, name));
    };
    put('img/10_sks cat', 'crying.png', 'crying.png');
    put('img/10_sks cat', 'crying.txt', 'crying.caption');
    put('img/10_sks cat', 'smiling.png', 'Twin.png');
    put('img/10_sks cat', 'smiling.png', 'twin.png');
    put('img/2_dog', 'weary.png', 'weary.png');
    put('img/2_dog', 'weary.txt', 'weary.cap');
    put('reg/1_cat', 'grumpy.png', 'grumpy.png');
    put('img', 'kissing.png', 'kissing.png');
    await pageLink(page, 'Train').click();
    await dropOnPage(page, tree);
    await page.getByText('6 files taken, 2 not:').waitFor();
    const left = await page.getByRole('list', { name: 'What was not taken' }).innerText();
    expect(left).toMatch(/kissing\.png\s+Its folder is not named “<repeats>_<name>”/);
    expect(left).toMatch(/[Tt]win\.png\s+Another file or folder has the same name/);
    await page.getByText('2 × 10 repeats = 20').waitFor();
    await page.getByText('1 × 2 repeats = 2').waitFor();
    await page.getByRole('tab', { name: /^Class images \(regularisation\) 1$/ }).waitFor();
    const made = join(stage.copy.home, 'work/datasets/my cats');
    expect(readdirSync(made).sort()).toEqual(['img', 'reg']);
    expect(readdirSync(join(made, 'img')).sort()).toEqual(['10_sks cat', '2_dog']);
    expect(readdirSync(join(made, 'img/2_dog')).sort()).toEqual(['weary.cap', 'weary.png']);
    expect(readdirSync(join(made, 'reg/1_cat'))).toEqual(['grumpy.png']);
    await pageLink(page, 'Train').click();
    expect(await page.getByRole('combobox', { name: 'Image folder', exact: true }).inputValue()).toBe(
      join(made, 'img'),
    );
    expect(await page.getByRole('textbox', { name: 'Instance prompt', exact: true }).inputValue()).toBe('');
  });

  test('opens a config of Kohya’s GUI and reads what became of each setting', async () => {
    const path = join(stage.copy.folder, 'mochi.json');
    writeFileSync(path, JSON.stringify(KOHYA_GUI_CONFIG));
    await openByPath(page, path);
    const report = page.getByRole('dialog', { name: 'What was read' });
    await report.getByText(/settings taken as they are, 6 changed, 5 without effect/).waitFor();
    await report.getByText('AdamW8bit', { exact: false }).first().waitFor();
    await report.getByRole('button', { name: 'See the settings' }).click();
    await report.waitFor({ state: 'hidden' });
    expect(await page.getByRole('textbox', { name: 'Network Rank (Dimension)', exact: true }).inputValue()).toBe('32');
    expect(await page.getByRole('textbox', { name: 'Max resolution', exact: true }).inputValue()).toBe('512,768');
  });

  test('cannot start a job whose paths are another computer’s, and is led to each of them', async () => {
    const start = page.getByRole('complementary').getByRole('button', { name: /^Start/ });
    await expect.poll(() => start.isDisabled()).toBe(true);
    await page.getByText(/errors stand in the problems bar/).waitFor();
    await page.getByRole('button', { name: 'Show: Pretrained model name or path' }).first().click();
    const field = page.getByRole('combobox', { name: 'Pretrained model name or path', exact: true });
    await expect.poll(() => field.evaluate((input) => input === document.activeElement)).toBe(true);
  });

  test('gives the folder of the pictures for the folder around it: a sentence says so, and one press mends it', async () => {
    const path = join(stage.copy.folder, 'wrong-folder.toml');
    writeJob(path, { train_data_dir: join(dataset(), '10_sks cat'), output_name: 'mended' });
    await openByPath(page, path);
    await page.getByRole('button', { name: 'Show all' }).click();
    const problem = page.getByRole('listitem').filter({ hasText: 'Use the folder around it' });
    expect(await problem.innerText()).toMatch(/The folder holds 9 pictures itself/);
    await problem.getByRole('button', { name: 'Use the folder around it' }).click();
    await problem.waitFor({ state: 'hidden' });
    expect(await page.getByRole('combobox', { name: 'Image folder', exact: true }).inputValue()).toBe(dataset());
    await expect
      .poll(() =>
        page
          .getByRole('complementary')
          .getByRole('button', { name: /^Start/ })
          .isEnabled(),
      )
      .toBe(true);
  });

  test('loses the trainer in the middle of a run: a card says why and what to do, and Resume does it', async () => {
    const path = join(stage.copy.folder, 'killed.toml');
    writeJob(path, { train_data_dir: dataset(), output_name: 'killed', max_train_steps: 60, save_every_n_steps: 5 });
    await openByPath(page, path);
    const start = page.getByRole('complementary').getByRole('button', { name: /^Start/ });
    await expect.poll(() => start.isEnabled()).toBe(true);
    await start.click();
    await pageLink(page, 'Run').click();
    await page
      .getByRole('log')
      .getByText(/^Saved .* at step 5$/)
      .waitFor();
    await killTrainer(() => trainersBelow(stage.pid));
    await untilPhase(page, 'failed');
    const card = page.getByRole('main').getByRole('alert');
    expect(await card.getByRole('heading').innerText()).toMatch(/memory/);
    expect(await card.innerText()).toContain('press Resume to go on from there');
    await card.getByRole('button', { name: 'Resume' }).click();
    await untilPhase(page, 'done');
    await page.getByText('step 60 of 60').first().waitFor();
  });

  function writeJob(path: string, settings: Readonly<Record<string, string | number>>): void {
    const all = {
      pretrained_model_name_or_path: 'bundled:model',
      output_dir: join(stage.copy.home, 'work/runs'),
      resolution: 64,
      min_bucket_reso: 64,
      network_dim: 2,
      max_train_steps: 10,
      threads: 1,
      ...settings,
    };
    mkdirSync(stage.copy.home, { recursive: true });
    // A string in JSON is one in TOML.
    writeFileSync(
      path,
      Object.entries(all)
        .map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`)
        .join(''),
    );
  }
});

/** As somebody would from a file manager: Chromium makes the entries of the folder itself. */
async function dropOnPage(page: Page, path: string): Promise<void> {
  const line = await page.context().newCDPSession(page);
  const data = { items: [], files: [path], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await line.send('Input.dispatchDragEvent', { type, x: 600, y: 400, data });
    if (type === 'dragEnter') await page.getByRole('main', { name: 'Dataset' }).waitFor();
    if (type === 'dragOver') await page.getByText('Drop a folder of images').waitFor();
  }
}

/** By the menu of the title bar; changes to the job before are dropped. */
async function openByPath(page: Page, path: string): Promise<void> {
  await page.getByRole('button', { name: /^Job/ }).click();
  await page.getByRole('menuitem', { name: /^Open/ }).click();
  const drop = page.getByRole('button', { name: 'Do not save' });
  const input = page.getByRole('dialog').getByRole('combobox', { name: 'Path' });
  await drop.or(input).first().waitFor();
  if (await drop.isVisible()) await drop.click();
  await input.fill(path);
  await input.press('Enter');
}
