/// <reference lib="dom" />
/**
 * A very long run in a real browser: 100,000 steps over a real socket, while what the page does is timed.
 */
import { fileURLToPath } from 'node:url';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildOutdated } from '../../scripts/start/build.ts';
import { openChromium, whyNoChromium } from '../../scripts/window/chromium.ts';
import { openServer } from '../../trainer/server/server.ts';
import { DEFAULT_SETTINGS, type Emit } from '../../trainer/api/rpc/index.ts';
import { fakeService, RUN, SAMPLE_JOB } from '../renderer/fake-service.ts';
import { historyOf, stepAt } from '../renderer/stage/made-up-run.ts';
import { pageLink, PATIENT, untilPhase } from './stage.ts';

const STEPS = 100_000;
/** Milliseconds; longer ones are felt by whoever types or scrolls. */
const LONGEST_TASK = 50;
/** What `yardstick` takes on the machine that the limit is meant for. On a slower one, the limit grows with it. */
const YARDSTICK = 24;
/** Tasks that may be longer, among hundreds: a collection of garbage falls where it falls. */
const ODD_TASKS = 2;

const missing = whyNoChromium();
if (missing !== undefined) console.log(`The window is not tested in a browser: ${missing}`);

describe.skipIf(missing !== undefined)('100,000 steps', () => {
  let browser: Browser;
  beforeAll(async () => {
    buildOutdated(['window']);
    browser = await openChromium();
  });
  afterAll(() => browser?.close());

  test.each(['Run', 'Train'])('stream into the %s page without holding it up', async (name) => {
    const { emit, url, close } = await madeUpService(0);
    const page = await openPage(browser, url);
    await pageLink(page, name).click();
    emit('run.status', { run: { ...RUN, lastStep: stepAt(1, STEPS) } });
    await untilPhase(page, 'active');
    const slowness = Math.max(1, (await yardstick(page)) / YARDSTICK);
    const tasks = await watchTasks(page);
    const batch = 400;
    for (let first = 1; first <= STEPS; first += batch) {
      for (let step = first; step < first + batch; step++) {
        emit('run', { runId: RUN.runId, event: stepAt(step, STEPS) });
      }
      // What a socket holds is sent before more is asked for.
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await page.getByText(`step ${STEPS} of ${STEPS}`).first().waitFor();
    const longestFirst = await tasks.stop();
    const told = longestFirst.slice(0, 5).map((task) => task.toFixed(0));
    console.log(
      `${name}: the longest tasks took ${told.join(', ')} ms, on a machine ${slowness.toFixed(2)} times as slow`,
    );
    expect(longestFirst.length).toBeGreaterThan(100);
    expect((longestFirst[ODD_TASKS] ?? NaN) / slowness).toBeLessThan(LONGEST_TASK);
    await page.close();
    await close();
  });

  test('are drawn as one history when the page is opened late', async () => {
    const { url, close } = await madeUpService(STEPS);
    const page = await openPage(browser, url);
    await pageLink(page, 'Run').click();
    await page.getByText(`step ${STEPS} of ${STEPS}`).first().waitFor();
    await expect.poll(() => page.locator('.recharts-line path').count()).toBe(3);
    await page.close();
    await close();
  });
});

async function openPage(browser: Browser, url: string): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.setDefaultTimeout(PATIENT);
  await page.goto(url);
  await page.getByRole('navigation').waitFor();
  return page;
}

interface MadeUpService {
  readonly emit: Emit;
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** The window as it is built, before a service without a trainer, whose run has got this far. */
async function madeUpService(at: number): Promise<MadeUpService> {
  const settings = { ...DEFAULT_SETTINGS, draft: { table: SAMPLE_JOB, unsaved: false } };
  const fake = fakeService({
    'settings.read': () => ({ settings }),
    'run.current': () => (at === 0 ? {} : { run: { ...RUN, lastStep: stepAt(at, STEPS) } }),
    'run.history': () => ({ ...historyOf(at, STEPS), samples: [] }),
  });
  const server = await openServer({
    host: '127.0.0.1',
    port: 0,
    token: 'a-token-of-a-test',
    windowFolder: fileURLToPath(new URL('../../dist/renderer', import.meta.url)),
    service: fake.service,
    requireAllowed: (path) => Promise.resolve(path),
    onMistake: () => undefined,
  });
  return { emit: fake.emit, url: server.url, close: async () => server[Symbol.asyncDispose]() };
}

/** Milliseconds of processor time that a fixed piece of work takes in this page, now. */
async function yardstick(page: Page): Promise<number> {
  const tasks = await watchTasks(page);
  for (let round = 0; round < YARDSTICK_ROUNDS; round++) {
    await page.evaluate(() => {
      const words = Array.from({ length: 60_000 }, (_, index) => `word ${(index * 7919) % 60_000}`);
      return words.sort((a, b) => (a < b ? -1 : 1)).length;
    });
  }
  const longestFirst = await tasks.stop();
  return longestFirst[Math.floor(YARDSTICK_ROUNDS / 2)] ?? NaN;
}
const YARDSTICK_ROUNDS = 15;

interface Tasks {
  /** Milliseconds of processor time of each task, the longest first. */
  stop(): Promise<readonly number[]>;
}

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds of processor time: what other programs took of the machine is not in it. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

/**
 * The tasks of the page's main thread, by Chromium's own trace. A PerformanceObserver would tell their length by the
 * clock, which on a machine with other work to do is the work of others.
 */
async function watchTasks(page: Page): Promise<Tasks> {
  const line = await page.context().newCDPSession(page);
  const events: TraceEvent[] = [];
  line.on('Tracing.dataCollected', ({ value }) => events.push(...(value as unknown as TraceEvent[])));
  await line.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: ['toplevel', '__metadata'], excludedCategories: ['*'] },
  });
  return {
    stop: async () => {
      await ended(line);
      const mains = new Set(
        events
          .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
          .map(({ pid, tid }) => `${pid} ${tid}`),
      );
      return events
        .filter(({ ph, pid, tid, name }) => ph === 'X' && mains.has(`${pid} ${tid}`) && name.includes('RunTask'))
        .map(({ tdur = 0 }) => tdur / 1000)
        .sort((a, b) => b - a);
    },
  };
}

async function ended(line: CDPSession): Promise<void> {
  const complete = new Promise<void>((resolve) => line.once('Tracing.tracingComplete', () => resolve()));
  await line.send('Tracing.end');
  await complete;
}
