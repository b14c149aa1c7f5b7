import { MantineProvider } from '@mantine/core';
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { TitleBar } from '../../../renderer/frame/title-bar.tsx';
import { createConnection } from '../../../renderer/service/connection.ts';
import { AppContext, createApp, type App } from '../../../renderer/state/app.ts';
import { theme } from '../../../renderer/styles/theme.ts';
import { fakeService } from '../fake-service.ts';
import { fillJsdomGaps } from '../jsdom-gaps.ts';

beforeAll(fillJsdomGaps);
afterEach(cleanup);

async function stage(): Promise<App> {
  const app = createApp({ connection: createConnection(fakeService().transport), pictureUrl: (path) => path });
  await waitFor(() => expect(app.info.getState().info).toBeDefined());
  app.preferences.getState().change({ recentJobs: ['/jobs/cat.toml'] });
  render(
    <AppContext value={app}>
      <MantineProvider theme={theme} env="test">
        <TitleBar hasPanel={false} />
      </MantineProvider>
    </AppContext>,
  );
  fireEvent.click(screen.getByRole('button', { name: /^Job/ }));
  return app;
}

test('a recent job opens at once where nothing would be lost', async () => {
  const app = await stage();
  fireEvent.click(await screen.findByText('cat.toml'));
  await waitFor(() => expect(app.job.getState().path).toBe('/jobs/cat.toml'));
});

test('a recent job does not take the place of changes without a question', async () => {
  const app = await stage();
  const changed = { ...app.job.getState().table, network_dim: 64 };
  app.job.setState({ table: changed });
  fireEvent.click(await screen.findByText('cat.toml'));
  expect(app.documents.state.getState().question.kind).toBe('unsaved');
  expect(app.job.getState().table).toEqual(changed);
  await app.documents.answer('drop');
  await waitFor(() => expect(app.job.getState().path).toBe('/jobs/cat.toml'));
});
