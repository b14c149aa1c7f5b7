/// <reference lib="dom" />
/**
 * Every page in a real browser: what axe-core finds, in light and dark, and whether everything has room in a small window
 * and with large text.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { whyNoChromium } from '../../scripts/window/chromium.ts';
import { openStage, pageLink, untilPhase, type Stage } from './stage.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const missing = whyNoChromium();
if (missing !== undefined) console.log(`The window is not tested in a browser: ${missing}`);

describe.skipIf(missing !== undefined)('every page', () => {
  let stage: Stage;
  let page: Page;

  beforeAll(async () => {
    stage = await openStage();
    page = await stage.openPage();
    await page.getByRole('heading', { name: 'Teach a small model this cat' }).waitFor();
    await expectNoFaults(page, 'first start');
    await expectRoom(page, 'first start at 1280 × 800');
    await page.getByRole('button', { name: /^Start/ }).click();
    await untilPhase(page, 'done');
  });
  afterAll(() => stage?.[Symbol.asyncDispose]());

  test.each(['Light', 'Dark'])('in %s has no serious fault that axe-core knows', async (colours) => {
    await pageLink(page, 'Settings').click();
    await page.getByRole('main').getByText(colours, { exact: true }).click();
    expect(await page.getByRole('radio', { name: colours }).isChecked()).toBe(true);
    for (const name of await pagesOf(page)) {
      await pageLink(page, name).click();
      await untilSettled(page);
      await expectNoFaults(page, `${name} in ${colours}`);
    }
    await pageLink(page, 'Train').click();
    await page.getByText('Expert', { exact: true }).click();
    await expectNoFaults(page, `Train, expert, in ${colours}`);
    await page.getByText('Simple', { exact: true }).click();
  });

  test('Train has the list of presets where the fields below it are', async () => {
    await pageLink(page, 'Train').click();
    const left = (id: string): Promise<number> =>
      page.locator(`#${id}`).evaluate((element) => element.getBoundingClientRect().left);
    expect(await left('preset')).toBe(await left('field-learning_rate'));
  });

  test.each([
    { width: 1280, height: 720, text: '100 %' },
    { width: 1280, height: 800, text: '150 %' },
    { width: 1920, height: 1080, text: '150 %' },
  ])('has room at $width × $height with text of $text', async ({ width, height, text }) => {
    await page.setViewportSize({ width, height });
    await pageLink(page, 'Settings').click();
    await page.getByRole('main').getByText(text, { exact: true }).click();
    expect(await page.getByRole('radio', { name: text }).isChecked()).toBe(true);
    for (const name of await pagesOf(page)) {
      await pageLink(page, name).click();
      await untilSettled(page);
      await expectRoom(page, `${name} at ${width} × ${height}, ${text}`);
    }
  });
});

/** As they stand on the left, so that a page that is added is looked at too. */
async function pagesOf(page: Page): Promise<readonly string[]> {
  const links = page.getByRole('navigation').getByRole('button');
  const words = await links.locator('span:first-of-type').allTextContents();
  expect(words.length).toBeGreaterThanOrEqual(5);
  return words;
}

/** Pictures are there, and nothing that moves still does. */
async function untilSettled(page: Page): Promise<void> {
  await page.getByRole('main').locator('h1, h2, [role=tablist]').first().waitFor();
  await page.waitForFunction(
    () =>
      [...document.images].every(({ complete, loading }) => complete || loading === 'lazy') &&
      document.getAnimations().every(({ playState }) => playState !== 'running'),
  );
}

async function expectNoFaults(page: Page, where: string): Promise<void> {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
  );
  const grave = violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
  expect(grave, where).toEqual([]);
}

/** Nothing sticks out of the window or of its own box, unless that scrolls or says that it is cut. */
async function expectRoom(page: Page, where: string): Promise<void> {
  const crowded = await page.evaluate(() => {
    const isMeant = (style: CSSStyleDeclaration): boolean =>
      style.textOverflow === 'ellipsis' || /auto|scroll/.test(style.overflowX) || style.clipPath !== 'none';
    const found: string[] = [];
    for (const element of document.querySelectorAll<HTMLElement>('#root *')) {
      const { left, right, width } = element.getBoundingClientRect();
      if (width === 0 || element.closest('svg') !== null) continue;
      const style = getComputedStyle(element);
      const words = element.innerText?.slice(0, 60) ?? '';
      const name = `${element.tagName.toLowerCase()}.${element.className} “${words}”`;
      const scrolls = element.closest('[class*=scroll i], [class*=grid i], [class*=log i]') !== null;
      if (!scrolls && (left < -1 || right > innerWidth + 1) && style.clipPath === 'none')
        found.push(`outside: ${name}`);
      const holdsWords = [...element.childNodes].some(
        (node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim(),
      );
      if (
        holdsWords &&
        !isMeant(style) &&
        style.overflowX === 'hidden' &&
        element.scrollWidth > element.clientWidth + 1
      ) {
        found.push(`cut: ${name}`);
      }
      if (
        holdsWords &&
        style.display !== 'inline' &&
        element.scrollHeight > element.clientHeight + 3 &&
        style.overflowY === 'hidden'
      ) {
        if (!isMeant(style)) found.push(`cut below: ${name}`);
      }
    }
    const { scrollWidth, clientWidth } = document.documentElement;
    return scrollWidth > clientWidth ? [...found, 'the page scrolls sideways'] : found;
  });
  expect(crowded, where).toEqual([]);
}
