import { MantineProvider } from '@mantine/core';
import { cleanup, configure, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { DatasetPage } from '../../../renderer/dataset/dataset-page.tsx';
import { useFreshDataset } from '../../../renderer/dataset/fresh-dataset.ts';
import { createConnection } from '../../../renderer/service/connection.ts';
import { AppContext, createApp, type App } from '../../../renderer/state/app.ts';
import { theme } from '../../../renderer/styles/theme.ts';
import { UserError } from '../../../trainer/base/errors.ts';
import type { DatasetScan, Handlers } from '../../../trainer/api/rpc/index.ts';
import { fakeService, SCAN, type FakeService } from '../fake-service.ts';
import { fillJsdomGaps } from '../jsdom-gaps.ts';

// The window waits a while before it looks, and a loaded machine longer.
configure({ asyncUtilTimeout: 20_000 });
beforeAll(fillJsdomGaps);
afterEach(cleanup);

function Page() {
  useFreshDataset();
  return <DatasetPage />;
}

async function stage(scan: Handlers['dataset.scan']): Promise<{ readonly app: App; readonly service: FakeService }> {
  const service = fakeService({ 'dataset.scan': scan });
  const app = createApp({ connection: createConnection(service.transport), pictureUrl: (path) => path });
  render(
    <AppContext value={app}>
      <MantineProvider theme={theme}>
        <Page />
      </MantineProvider>
    </AppContext>,
  );
  await waitFor(() => expect(app.dataset.getState()).toMatchObject({ isLooking: false, seen: {} }));
  return { app, service };
}

const FEWER: DatasetScan = { ...SCAN, images: SCAN.images.slice(2) };
const scansOf = ({ calls }: FakeService): number => calls.filter(({ name }) => name === 'dataset.scan').length;

test('pictures that were deleted elsewhere are gone when the window has the focus again', async () => {
  let scan = SCAN;
  const { service } = await stage(() => scan);
  screen.getByRole('tab', { name: 'Training images 9' });
  scan = FEWER;
  // A system may tell of the focus more than once.
  fireEvent.focus(window);
  fireEvent.focus(window);
  await screen.findByRole('tab', { name: 'Training images 7' });
  expect(scansOf(service)).toBe(2);
});

test('without a line to the service the focus asks nothing, and what was known stays', async () => {
  const { app, service } = await stage(() => SCAN);
  service.drop();
  fireEvent.focus(window);
  await new Promise((resolve) => setTimeout(resolve, 600));
  expect(scansOf(service)).toBe(1);
  expect(app.dataset.getState().scan?.images).toHaveLength(9);
});

test('"Look again" scans once more, also where the folder could not be read before', async () => {
  let isThere = false;
  const gone = new UserError({ code: 'file/missing', what: 'There is no such folder', fix: 'Choose another.' });
  await stage(() => (isThere ? SCAN : Promise.reject(gone)));
  await screen.findByText('There is no such folder.');
  isThere = true;
  fireEvent.click(screen.getByRole('button', { name: 'Look again' }));
  await screen.findByRole('tab', { name: 'Training images 9' });
  screen.getByRole('button', { name: 'Look again' });
});
