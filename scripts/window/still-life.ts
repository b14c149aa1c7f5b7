/**
 * The service as the window hears it on one fixed day: its words are real, its times and the computer are not.
 */
import type { Page, WebSocketRoute } from 'playwright-core';

export const NOON = Date.UTC(2026, 10, 20, 12, 0, 0);
const HOUR = 3_600_000;
const SECONDS_A_STEP = 0.21;
const COMPUTER = { processor: 'AMD Ryzen 7 7840U', cores: 16, memory: 32e9 };
const MEMORY = 1.4e9;

export interface Hold {
  /** From this step of the next run on nothing more is told, until it is released. */
  whenStep(step: number): void;
  release(): void;
}

/** Before the page is opened. */
export async function atNoon(page: Page, steps: number): Promise<Hold> {
  let heldFrom: number | undefined;
  let kept: string[] = [];
  let isHeld = false;
  let line: WebSocketRoute | undefined;
  await page.routeWebSocket(/\/socket/, (toPage) => {
    line = toPage;
    const toService = toPage.connectToServer();
    toPage.onMessage((text) => toService.send(text));
    toService.onMessage((message) => {
      const text = still(message.toString(), steps);
      // Answers go through: pages that are opened meanwhile ask.
      if (isHeld && !text.startsWith('{"kind":"result"')) return void kept.push(text);
      toPage.send(text);
      if (heldFrom !== undefined && stepOf(text) === heldFrom) isHeld = true;
    });
  });
  return {
    whenStep: (step) => (heldFrom = step),
    release: () => {
      heldFrom = undefined;
      isHeld = false;
      for (const text of kept) line?.send(text);
      kept = [];
    },
  };
}

export const untilStep = (page: Page, step: number, timeout: number): Promise<void> =>
  page
    .getByText(new RegExp(`^step ${step} of`))
    .first()
    .waitFor({ timeout });

interface Heard {
  readonly name?: string;
  readonly data?: { readonly event?: { readonly kind: string; readonly step: number } };
}

function stepOf(text: string): number | undefined {
  const { event } = (JSON.parse(text) as Heard).data ?? {};
  return event?.kind === 'step' ? event.step : undefined;
}

/** @param steps of the run, for what is left of it */
function still(text: string, steps: number): string {
  let started = 0;
  return JSON.stringify(
    JSON.parse(text, function (this: Record<string, unknown>, key: string, value: unknown): unknown {
      switch (key) {
        case 'startedAt':
          return NOON - HOUR * ++started;
        case 'drawnAt':
          return NOON;
        case 'seconds':
          if (Array.isArray(value)) return value.map(() => SECONDS_A_STEP);
          return 'step' in this
            ? Number(this['step']) * ('kind' in this ? 0 : SECONDS_A_STEP) || SECONDS_A_STEP
            : value;
        case 'etaSeconds':
          return (steps - Number(this['step'])) * SECONDS_A_STEP;
        case 'memory':
          return 'cores' in this ? COMPUTER.memory : typeof value === 'number' ? MEMORY : value;
        case 'processor':
        case 'cores':
          return COMPUTER[key];
        case 'time':
          return '11:58:04';
        default:
          return value;
      }
    }),
  );
}
