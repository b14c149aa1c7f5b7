/**
 * Somebody who has trained: edits the sample prompts, lets the run draw one, and tries the LoRA beside the checkpoint.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { whyNoChromium } from '../../scripts/window/chromium.ts';
import { openStage, pageLink, PATIENT, untilPhase, untilShown, type Stage } from './stage.ts';

const missing = whyNoChromium();
if (missing !== undefined) console.log(`The window is not tested in a browser: ${missing}`);

describe.skipIf(missing !== undefined)('somebody who has trained', () => {
  let stage: Stage;
  let page: Page;

  beforeAll(async () => {
    stage = await openStage();
    page = await stage.openPage();
  });
  afterAll(() => stage?.[Symbol.asyncDispose]());

  test('copies the bundled prompts, changes one and saves it into the file that the job names', async () => {
    await page.getByRole('button', { name: 'See the settings' }).click();
    await page.getByRole('button', { name: 'Copy to edit' }).click();
    await page.getByRole('textbox', { name: 'Prompt 1', exact: true }).fill('a sks cat, tried');
    await page.getByText('Not saved').waitFor();
    expect(await faultsOf(page)).toEqual([]);
    await page.getByRole('button', { name: 'Save prompts' }).click();
    await page.getByText('Saved', { exact: true }).first().waitFor();
    const path = await page.getByRole('combobox', { name: 'Sample prompts', exact: true }).inputValue();
    expect(readFileSync(path, 'utf8')).toBe(
      'a sks cat, tried --w 64 --h 64 --d 1 --s 2\na dog --w 64 --h 64 --d 2 --s 2\n',
    );
  });

  test('is told during the run that nothing is drawn beside it', async () => {
    await page.getByRole('button', { name: /^Start/ }).click();
    await untilPhase(page, 'active');
    await pageLink(page, 'Try it').click();
    await page.getByText('sks-cat is training.').waitFor();
    expect(await page.getByRole('button', { name: /^Generate/ }).isDisabled()).toBe(true);
    await page.getByText('sks-cat is training.').waitFor({ state: 'hidden' });
  });

  test('draws with the LoRA of that run beside the same seed without it', async () => {
    await page.getByRole('textbox', { name: 'Strength of sks-cat', exact: true }).waitFor();
    expect(await page.getByRole('textbox', { name: 'Prompt', exact: true }).inputValue()).toBe('a sks cat, tried');
    expect(await page.getByText(/^sks-cat was trained on/).count()).toBe(0);
    await page.getByRole('button', { name: /^Generate both/ }).click();
    const both = page.getByRole('figure').locator('img');
    await expect.poll(() => both.count(), { timeout: PATIENT }).toBe(2);
    await untilShown(both);
    expect(await page.getByText('seed 1', { exact: true }).count()).toBe(1);
    expect(await faultsOf(page)).toEqual([]);
  });

  test('moves the strength: the picture without the LoRA is there already and is not drawn again', async () => {
    const without = page.getByRole('figure').filter({ hasText: 'Without LoRA' }).locator('img');
    const drawnBefore = await without.getAttribute('src');
    await page.getByRole('textbox', { name: 'Strength of sks-cat', exact: true }).fill('0.5');
    await page.getByRole('button', { name: /^Generate both/ }).click();
    await page.getByText('strength 0.50, seed 1').waitFor();
    await page.getByText('2 pictures').waitFor();
    expect(await without.getAttribute('src')).toBe(drawnBefore);
    await page.getByRole('button', { name: /^a sks cat, tried, seed 1 1\.00/ }).click();
    expect(await page.getByRole('textbox', { name: 'Strength of sks-cat', exact: true }).inputValue()).toBe('1');
  });

  test('ends a drawing, and reads why one cannot be', async () => {
    await page.getByRole('textbox', { name: 'Steps', exact: true }).fill('1000');
    await page.getByRole('button', { name: /^Generate both/ }).click();
    await page.getByText(/^step \d+ of 2000$/).waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: /^Generate both/ }).waitFor();
    await page.getByRole('combobox', { name: 'Checkpoint' }).fill(join(stage.copy.folder, 'none.safetensors'));
    await page.getByRole('button', { name: /^Generate both/ }).click();
    await page
      .getByRole('alert')
      .getByText(/none\.safetensors/)
      .waitFor();
  });
});

/** What axe finds on the page as it is, colours and all. */
async function faultsOf(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { axe: onPage } = globalThis as unknown as { readonly axe: typeof axe };
    const { violations } = await onPage.run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  });
}
