import { MantineProvider } from '@mantine/core';
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { TrialCheck } from '../../../renderer/pages/trial.tsx';
import { createConnection } from '../../../renderer/service/connection.ts';
import { AppContext, createApp, type App } from '../../../renderer/state/app.ts';
import { theme } from '../../../renderer/styles/theme.ts';
import { fakeService, RUN, type FakeService } from '../fake-service.ts';
import { fillJsdomGaps } from '../jsdom-gaps.ts';

beforeAll(fillJsdomGaps);
afterEach(cleanup);

/** A trial that lasts until it is cancelled. */
async function trialPage(): Promise<{ app: App; service: FakeService; cancelled: () => boolean }> {
  let heard: AbortSignal | undefined;
  const service = fakeService({
    'check.start': (_input, { signal }) => {
      heard = signal;
      return new Promise(() => undefined);
    },
  });
  const app = createApp({ connection: createConnection(service.transport), pictureUrl: (path) => path });
  await vi.waitFor(() => expect(app.check.getState().kind).toBe('known'));
  render(
    <AppContext value={app}>
      <MantineProvider theme={theme} env="test">
        <TrialCheck />
      </MantineProvider>
    </AppContext>,
  );
  return { app, service, cancelled: () => heard?.aborted === true };
}

const start = async (service: FakeService): Promise<void> => {
  fireEvent.click(screen.getByRole('button'));
  await vi.waitFor(() => expect(service.calls.map(({ name }) => name)).toContain('check.start'));
};
const tell = (service: FakeService, message: string): Promise<void> =>
  act(async () => {
    service.emit('check', { kind: 'state', message });
    await new Promise((resolve) => setTimeout(resolve, 20));
  });

test('what a cancelled trial still tells is not shown', async () => {
  const { service, cancelled } = await trialPage();
  await start(service);
  await tell(service, 'Loading the model');
  expect(screen.getByRole('status').textContent).toBe('Loading the model');
  fireEvent.click(screen.getByRole('button', { name: 'Cancel' }));
  await vi.waitFor(() => expect(cancelled()).toBe(true));
  await tell(service, 'Training');
  expect(screen.getByRole('status').textContent).toBe('');
});

test('a run that begins cancels the trial', async () => {
  const { app, service, cancelled } = await trialPage();
  await start(service);
  act(() => app.run.setState({ status: RUN }));
  await vi.waitFor(() => expect(cancelled()).toBe(true));
});
