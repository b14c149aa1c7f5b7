/** A window's stores on a made-up service, with timers that the test steps. */
import { vi } from 'vitest';
import type { Handlers } from '../../trainer/api/rpc/index.ts';
import { createConnection } from '../../renderer/service/connection.ts';
import type { Shell } from '../../renderer/service/shell.ts';
import { createApp, type App } from '../../renderer/state/app.ts';
import { fakeService, type FakeService } from './fake-service.ts';

/** Long enough for what waits a moment after a change; of timers that a test steps. */
export const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(2000);

/** The stores of a window on a service that answers by the given handlers. */
export async function appOf(
  handlers: Partial<Handlers> = {},
  shell?: Shell,
): Promise<{ app: App; service: FakeService }> {
  const service = fakeService(handlers);
  const app = createApp({ connection: createConnection(service.transport), pictureUrl: (path) => path, shell });
  await settle();
  return { app, service };
}

/** A desktop that writes down what it is told of the job, and what notices it shows. */
export const shellTold = (told: unknown[][], shown: unknown[][] = []): Shell =>
  ({
    setDocument: (...said: unknown[]) => Promise.resolve(void told.push(said)),
    notify: (...notice: unknown[]) => Promise.resolve(void shown.push(notice)),
  }) as unknown as Shell;

/** What was asked by a call, in order. */
export const named = (service: FakeService, name: string): unknown[] =>
  service.calls.filter((call) => call.name === name).map(({ input }) => input);
