import { MantineProvider } from '@mantine/core';
import { cleanup, render, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { RunChip } from '../../../renderer/run/run-chip.tsx';
import { RunPanel } from '../../../renderer/run/run-panel.tsx';
import { createConnection } from '../../../renderer/service/connection.ts';
import { AppContext, createApp } from '../../../renderer/state/app.ts';
import { theme } from '../../../renderer/styles/theme.ts';
import { fakeService, RUN } from '../fake-service.ts';
import { fillJsdomGaps } from '../jsdom-gaps.ts';

beforeAll(fillJsdomGaps);
afterEach(cleanup);

test('before its first step a run tells how far its state is and how long that takes, wherever the window is', async () => {
  const service = fakeService();
  const app = createApp({ connection: createConnection(service.transport), pictureUrl: (path) => path });
  await waitFor(() => expect(app.info.getState().info).toBeDefined());
  app.run.setState({ status: { ...RUN, state: 'class-images', message: 'Drawing 40 class images, "a dog"' } });
  render(
    <AppContext value={app}>
      <MantineProvider theme={theme} env="test">
        <RunChip />
        <RunPanel />
      </MantineProvider>
    </AppContext>,
  );
  const tell = (etaSeconds?: number): void =>
    service.emit('run', {
      runId: RUN.runId,
      event: {
        kind: 'progress',
        state: 'class-images',
        done: 10,
        total: 40,
        ...(etaSeconds === undefined ? {} : { etaSeconds }),
      },
    });
  tell();
  await screen.findByText('25 %');
  expect(screen.queryByText(/left$/)).toBeNull();
  tell(720);
  await screen.findByText('about 12 min left');
  expect(screen.getByRole('button', { name: /Drawing class images 25 %/ }).textContent).toContain('12 min left');
  expect(screen.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('25');
});
