/// <reference lib="dom" />
/**
 * `npm run screenshots`: pictures of every page into docs/screenshots, from a short real run of the sample job in a real
 * browser. Times, speeds and the computer are told as of one fixed day, so that a picture changes when the window does.
 * On a base model it trains 375 steps and draws some samples; on a stand-in it takes a minute or two.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Locator, Page } from 'playwright-core';
import sharp from 'sharp';
import { buildOutdated } from './start/build.ts';
import { copyApp, hasBaseModel } from './window/app-copy.ts';
import { openChromium } from './window/chromium.ts';
import { serveCopy } from './window/serving.ts';
import { atNoon, NOON, untilStep, type Hold } from './window/still-life.ts';

const OUTPUT = fileURLToPath(new URL('../docs/screenshots/', import.meta.url));
/** The same path each time: it stands in the fields. */
const FOLDER = join(tmpdir(), 'lora-loom');
const SIZES = [
  { width: 1280, height: 800 },
  { width: 1920, height: 1080 },
] as const;
const COLOURS = ['light', 'dark'] as const;
/** In the stand-in's pictures there is nothing to see, so they may be few and small. */
const STEPS = hasBaseModel() ? 300 : 24;
const QUICK = hasBaseModel() ? {} : { resolution: 64, min_bucket_reso: 64, train_batch_size: 1 };
/** Milliseconds for what the window does itself, and for what the trainer does: a name that is not there is soon told. */
const PATIENCE = { window: 60_000, trainer: 1_800_000 };
const COLOURS_KEPT = 128;

const began = performance.now();
buildOutdated(['trainer', 'window']);
for (const folder of [FOLDER, OUTPUT]) rmSync(folder, { recursive: true, force: true });
mkdirSync(OUTPUT, { recursive: true });
using copy = await copyApp({
  folder: FOLDER,
  job: { ...QUICK, max_train_steps: STEPS, sample_every_n_steps: STEPS / 2 },
});
await using serving = await serveCopy(copy);
const browser = await openChromium();
try {
  await takeAll(browser, serving.url);
} finally {
  await browser.close();
}
console.log(`All pages, in ${Math.round((performance.now() - began) / 1000)} seconds.`);

async function takeAll(browser: Browser, url: string): Promise<void> {
  const { page, hold } = await openPage(browser, url);
  await page.getByRole('heading', { name: 'Teach a small model this cat' }).waitFor();
  await page.getByText('9 pictures, captioned').waitFor();
  await take(page, 'first-start');

  hold.whenStep(Math.round(STEPS * 0.6));
  await page.getByRole('button', { name: /^Start/ }).click();
  await untilStep(page, Math.round(STEPS * 0.6), PATIENCE.trainer);
  await take(page, 'train-simple');
  await go(page, 'Run');
  await take(page, 'run-live');
  hold.release();
  await untilPhase(page, 'done');
  await take(page, 'run');

  await trainOnceMore(page);
  await go(page, 'Dataset');
  await page.getByRole('button', { name: /^heart-eyes\.png/ }).click();
  await page.mouse.move(0, 0);
  await take(page, 'dataset');
  await go(page, 'Train');
  await page.getByText('Expert', { exact: true }).click();
  await take(page, 'train-expert');
  await go(page, 'Runs');
  await page.getByRole('rowheader', { name: 'sks-cat-2', exact: true }).waitFor();
  await take(page, 'runs');
  for (const name of ['sks-cat', 'sks-cat-2']) {
    await page.getByRole('checkbox', { name: `Select ${name}`, exact: true }).check();
  }
  await page.getByRole('img', { name: /^Smoothed loss/ }).waitFor();
  await take(page, 'runs-compared');
  await go(page, 'Try it');
  await draw(page);
  await take(page, 'try-it');
  await go(page, 'Settings');
  await take(page, 'settings');
}

/** A second run, with other settings, for the list of runs. */
async function trainOnceMore(page: Page): Promise<void> {
  await go(page, 'Train');
  for (const [label, value] of [
    ['Network Rank (Dimension)', '16'],
    ['Max train steps', String(STEPS / 4)],
  ] as const) {
    const field = page.getByRole('textbox', { name: label, exact: true });
    await field.fill(value);
    await field.blur();
  }
  await page.getByText(`${STEPS / 4} steps = `).waitFor();
  await page.getByRole('button', { name: /^Start/ }).click();
  await untilPhase(page, 'active');
  await untilPhase(page, 'done');
}

function untilPhase(page: Page, phase: string): Promise<void> {
  return page.locator(`[role=status][data-phase=${phase}]`).first().waitFor({ timeout: PATIENCE.trainer });
}

/** One pair of pictures: with the LoRA, and without it. */
async function draw(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Generate both/ }).click();
  await page.getByRole('figure').locator('img').nth(1).waitFor({ timeout: PATIENCE.trainer });
  await page.getByRole('button', { name: /^Generate both/ }).waitFor();
}

async function openPage(browser: Browser, url: string): Promise<{ readonly page: Page; readonly hold: Hold }> {
  const context = await browser.newContext({ viewport: SIZES[0], reducedMotion: 'reduce', timezoneId: 'UTC' });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE.window);
  await page.clock.setFixedTime(NOON);
  const hold = await atNoon(page, STEPS);
  await page.goto(url);
  return { page, hold };
}

function link(page: Page, name: string): Locator {
  return page.getByRole('navigation').getByRole('button', { name: new RegExp(`^${name}( ?\\d.*)?$`) });
}

async function go(page: Page, name: string): Promise<void> {
  await link(page, name).click();
  // A pointer over a chart shows figures.
  await page.mouse.move(0, 0);
}

/** One page in both sizes, by day and by night. */
async function take(page: Page, name: string): Promise<void> {
  for (const colours of COLOURS) {
    await page.emulateMedia({ colorScheme: colours });
    for (const size of SIZES) {
      await page.setViewportSize(size);
      await settled(page);
      const png = await page.screenshot({ animations: 'disabled', caret: 'hide' });
      const file = join(OUTPUT, `${name}-${colours}-${size.width}x${size.height}.png`);
      await sharp(png).png({ palette: true, colours: COLOURS_KEPT, effort: 10, compressionLevel: 9 }).toFile(file);
      console.log(file);
    }
  }
  await page.setViewportSize(SIZES[0]);
}

/** Charts follow a new size a moment later; pictures come when they are near. */
async function settled(page: Page): Promise<void> {
  await page.waitForFunction(
    () =>
      [...document.images].every(({ complete }) => complete) &&
      [...document.querySelectorAll('.recharts-responsive-container')].every(
        (box) => Math.abs(box.clientWidth - (box.querySelector('svg')?.clientWidth ?? 0)) <= 1,
      ),
  );
}
