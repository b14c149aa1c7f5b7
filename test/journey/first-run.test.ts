/**
 * What a new user lives through: the first start, one button, a loss curve, samples, a LoRA; then a run that is paused,
 * a page that is loaded again, and the same run to its end.
 */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { whyNoChromium } from '../../scripts/window/chromium.ts';
import { openStage, pageLink, stepsDrawn, STEPS, untilPhase, untilShown, type Stage } from './stage.ts';

const missing = whyNoChromium();
if (missing !== undefined) console.log(`The window is not tested in a browser: ${missing}`);

describe.skipIf(missing !== undefined)('a new user', () => {
  let stage: Stage;
  let page: Page;

  beforeAll(async () => {
    stage = await openStage();
    page = await stage.openPage();
  });
  afterAll(() => stage?.[Symbol.asyncDispose]());

  const runFile = (run: string, name: string): string => join(stage.copy.home, 'work/runs', run, name);
  const metricsOf = (run: string): readonly { readonly step: number; readonly loss: number }[] =>
    readFileSync(runFile(run, 'metrics.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { readonly step: number; readonly loss: number });

  test('sees at the first start what one press of Start will do', async () => {
    await page.getByRole('heading', { name: 'Teach a small model this cat' }).waitFor();
    await page.getByText(`Start shows the bundled model 9 pictures for ${STEPS} steps.`).waitFor();
    const pictures = page.getByRole('figure').first().getByRole('img');
    await expect.poll(() => pictures.count()).toBe(9);
    await untilShown(pictures);
  });

  test('presses Start and watches loss and samples until the LoRA is there', async () => {
    await page.getByRole('button', { name: /^Start/ }).click();
    await untilPhase(page, 'active');
    await untilPhase(page, 'done');
    expect(await stepsDrawn(page)).toBe(STEPS);
    const panel = page.getByRole('complementary', { name: 'Run' });
    await panel.getByText('100 %').waitFor();
    await panel.getByText(`step ${STEPS}`, { exact: true }).waitFor();
    expect(await panel.locator('.recharts-line path').count()).toBe(2);
    await untilShown(panel.getByRole('img', { name: new RegExp(`^a (sks cat|dog), step ${STEPS}$`) }));
    expect(metricsOf('sks-cat').map(({ step }) => step)).toEqual(
      Array.from({ length: STEPS }, (_, index) => index + 1),
    );
    expect(statSync(runFile('sks-cat', 'sks-cat.safetensors')).size).toBeGreaterThan(10_000);
  });

  test('finds every sample in the matrix of the Run page, and compares two of them by keyboard', async () => {
    await pageLink(page, 'Run').click();
    const samples = page.getByRole('table').getByRole('img');
    await expect.poll(() => samples.count()).toBe(4);
    await untilShown(samples);
    const curtain = page.getByRole('slider', { name: 'Where A ends and B begins' });
    await curtain.focus();
    await curtain.press('ArrowRight');
    expect(await curtain.inputValue()).toBe('51');
    await page
      .getByRole('log')
      .getByText(/Saved sks-cat\.safetensors/)
      .waitFor();
  });

  test('finds the run in the list of runs, with its curve and its picture', async () => {
    await pageLink(page, 'Runs').click();
    const row = page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: 'sks-cat', exact: true }) });
    await row.getByText('Done').waitFor();
    await untilShown(row.locator('img'));
    expect(await row.locator('polyline').getAttribute('points')).toMatch(/^[\d.]+,[\d.]+ /);
  });

  test('starts a second run under the same name, pauses it, loads the page again, and resumes it to its end', async () => {
    await pageLink(page, 'Train').click();
    const field = page.getByRole('textbox', { name: 'Max train steps' });
    await field.fill('60');
    await field.blur();
    await page.getByText('60 steps = ').waitFor();
    await page.getByRole('button', { name: /^Start/ }).click();
    await page
      .getByRole('complementary')
      .getByText(/^step [1-9]\d* of 60$/)
      .waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    await untilPhase(page, 'paused');
    const paused = await stepsDrawn(page);
    expect(paused).toBeLessThan(60);

    await page.reload();
    await untilPhase(page, 'paused');
    await expect.poll(() => stepsDrawn(page)).toBe(paused);
    expect(await field.inputValue()).toBe('60');

    await page.getByRole('button', { name: 'Resume' }).click();
    await untilPhase(page, 'done');
    await expect.poll(() => stepsDrawn(page)).toBe(60);
    // Each step once: what was done before the pause is neither lost nor done again.
    expect(metricsOf('sks-cat-2').map(({ step }) => step)).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
  });

  test('sees the curve of a run whole after the page was loaded again in its middle', async () => {
    await page.getByRole('button', { name: /^Start/ }).click();
    // The run before has left its steps on the page: they are no sign of this one.
    await untilPhase(page, 'active');
    await page.reload();
    await untilPhase(page, 'active');
    await untilPhase(page, 'done');
    await expect.poll(() => stepsDrawn(page)).toBe(60);
  });
});
