/// <reference lib="dom" />
/**
 * The built app in a real browser: a copy with the base model where it is installed and else a stand-in of random
 * numbers, `lora-loom serve` of it, and a page that remembers whatever it complains about.
 */
import { expect } from 'vitest';
import type { BrowserContextOptions, Locator, Page } from 'playwright-core';
import { copyApp, hasBaseModel, type AppCopy } from '../../scripts/window/app-copy.ts';
import { openChromium } from '../../scripts/window/chromium.ts';
import { serveCopy } from '../../scripts/window/serving.ts';
import { buildOutdated } from '../../scripts/start/build.ts';

/** Few and small steps: the journey is what is tested, not the picture at its end. */
export const STEPS = 20;
export const QUICK_JOB = {
  max_train_steps: STEPS,
  resolution: 64,
  min_bucket_reso: 64,
  train_batch_size: 1,
  sample_every_n_steps: 20,
  threads: 1,
};
export const QUICK_PROMPTS = 'a sks cat --w 64 --h 64 --d 1 --s 2\na dog --w 64 --h 64 --d 2 --s 2\n';

/** Milliseconds for what takes as long as training and a loaded machine do. */
export const PATIENT = 200_000;

export interface Stage extends AsyncDisposable {
  readonly copy: AppCopy;
  /** Of `lora-loom serve`. */
  readonly pid: number;
  /** A page of its own, with the window open. It must have complained of nothing by the end. */
  openPage(options?: BrowserContextOptions): Promise<Page>;
}

export async function openStage(): Promise<Stage> {
  buildOutdated(['trainer', 'window']);
  console.log(hasBaseModel() ? 'on the base model' : 'on a stand-in: the base model is not in this copy');
  const copy = await copyApp({ job: QUICK_JOB, prompts: QUICK_PROMPTS });
  const serving = await serveCopy(copy);
  const browser = await openChromium();
  const complaints: string[] = [];
  return {
    copy,
    pid: serving.pid,
    openPage: async (options = {}) => {
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
      const page = await context.newPage();
      page.setDefaultTimeout(PATIENT);
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text());
      });
      await page.goto(serving.url);
      await page.getByRole('navigation').waitFor();
      return page;
    },
    [Symbol.asyncDispose]: async () => {
      await browser.close();
      await serving[Symbol.asyncDispose]();
      copy[Symbol.dispose]();
      expect(complaints).toEqual([]);
    },
  };
}

/** A link on the left; beside its name may stand a number. */
export const pageLink = (page: Page, name: string): Locator =>
  page.getByRole('navigation').getByRole('button', { name: new RegExp(`^${name}( ?\\d.*)?$`) });

export const untilPhase = (page: Page, phase: string): Promise<void> =>
  page.locator(`[role=status][data-phase=${phase}]`).first().waitFor();

/** The steps whose loss is known, as the chart's label tells a screen reader. */
export async function stepsDrawn(page: Page): Promise<number> {
  const label = await page.getByRole('img', { name: /^Loss curve/ }).getAttribute('aria-label');
  return Number(/step (\d+)/.exec(label ?? '')?.[1] ?? 0);
}

/** That every one of these pictures was really loaded. */
export async function untilShown(pictures: Locator): Promise<void> {
  await pictures.first().waitFor();
  for (const picture of await pictures.all()) {
    expect(
      await picture.evaluate((shown: HTMLImageElement) => shown.decode().then(() => shown.naturalWidth)),
    ).toBeGreaterThan(0);
  }
}
