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
/** Milliseconds: longer ones are felt by whoever types or scrolls. */
const LONGEST_TASK = 50;
/**
 * Processor milliseconds that the yardstick takes on the machine that the limit is meant for. A slower one, or one whose
 * processor and its caches others share, is given as much more.
 */
const YARDSTICK = 20;
/** Of some thousand tasks so many may fall together with a collection of garbage or the translation of code. */
const ODD_TASKS = 2;
const BATCH = 400;
/** How often the yardstick is laid beside the page's work, from the begin of the stream to its end. */
const MEASURES = 10;

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
    const tasks = await watchTasks(page);
    for (let first = 1; first <= STEPS; first += BATCH) {
      if (first % (STEPS / MEASURES) === 1) await measure(page);
      for (let step = first; step < first + BATCH; step++) {
        emit('run', { runId: RUN.runId, event: stepAt(step, STEPS) });
      }
      // What a socket holds is sent before more is asked for.
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await page.getByText(`step ${STEPS} of ${STEPS}`).first().waitFor();
    const { longest, busy, yardstick } = await tasks.stop();
    const limit = LONGEST_TASK * Math.max(1, yardstick / YARDSTICK);
    console.log(
      `${name}: longest tasks ${longest.slice(0, 5).map(inWords).join(', ')} of processor time, busy ${inWords(busy)}; yardstick ${inWords(yardstick)}, limit ${inWords(limit)}`,
    );
    expect(longest[ODD_TASKS]).toBeLessThan(limit);
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

const inWords = (milliseconds: number): string => `${milliseconds.toFixed(0)} ms`;

const MARK = 'yardstick';

/** Work of the same kind and size everywhere, as a task of its own that is known by its mark. */
function measure(page: Page): Promise<void> {
  return page.evaluate(
    (mark) =>
      new Promise<void>((resolve) => {
        setTimeout(() => {
          console.timeStamp(mark);
          // Objects, strings and numbers, as a page that draws has them.
          const rows = Array.from({ length: 40_000 }, (_, index) => ({ index, text: `${Math.sin(index)}` }));
          rows.sort((one, other) => one.text.localeCompare(other.text, 'en') || one.index - other.index);
          resolve();
        });
      }),
    MARK,
  );
}

interface Tasks {
  /** In milliseconds of processor time: tasks of the page, the longest first, and the middle one of the yardstick's. */
  stop(): Promise<{ readonly longest: readonly number[]; readonly busy: number; readonly yardstick: number }>;
}

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds by the clock: when it began and how long it took. */
  readonly ts: number;
  readonly dur?: number;
  /** Microseconds of processor time: what other programs took of the machine is not in it. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string; readonly data?: { readonly message?: string } };
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
    traceConfig: { includedCategories: ['toplevel', '__metadata', 'devtools.timeline'], excludedCategories: ['*'] },
  });
  return {
    stop: async () => {
      await ended(line);
      const mains = new Set(
        events
          .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
          .map(({ pid, tid }) => `${pid} ${tid}`),
      );
      const marks = events.filter(({ name, args }) => name === 'TimeStamp' && args?.data?.message === MARK);
      const isMarked = ({ pid, tid, ts, dur = 0 }: TraceEvent): boolean =>
        marks.some((mark) => mark.pid === pid && mark.tid === tid && mark.ts >= ts && mark.ts <= ts + dur);
      const tasks = events.filter(
        ({ ph, pid, tid, name }) => ph === 'X' && mains.has(`${pid} ${tid}`) && name.includes('RunTask'),
      );
      const timed = (some: readonly TraceEvent[]): readonly number[] => some.map(({ tdur = 0 }) => tdur / 1000);
      const own = timed(tasks.filter((task) => !isMarked(task)));
      const yardsticks = timed(tasks.filter(isMarked));
      expect(own.length).toBeGreaterThan(100);
      expect(yardsticks).toHaveLength(MEASURES);
      return {
        longest: own.toSorted((one, other) => other - one),
        busy: own.reduce((sum, task) => sum + task, 0),
        yardstick: yardsticks.toSorted((one, other) => one - other)[MEASURES / 2] ?? 0,
      };
    },
  };
}

async function ended(line: CDPSession): Promise<void> {
  const complete = new Promise<void>((resolve) => line.once('Tracing.tracingComplete', () => resolve()));
  await line.send('Tracing.end');
  await complete;
}
