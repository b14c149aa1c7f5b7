import { MantineProvider } from '@mantine/core';
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { Questions } from '../../../renderer/frame/questions.tsx';
import { createConnection } from '../../../renderer/service/connection.ts';
import { AppContext, createApp, type App } from '../../../renderer/state/app.ts';
import { theme } from '../../../renderer/styles/theme.ts';
import { accessibilityFaults } from '../accessibility.ts';
import { fakeService, SAMPLE_JOB, type FakeService } from '../fake-service.ts';
import { fillJsdomGaps } from '../jsdom-gaps.ts';

beforeAll(fillJsdomGaps);
afterEach(cleanup);

async function stage(): Promise<{ readonly app: App; readonly service: FakeService }> {
  const service = fakeService({
    'files.list': () => ({
      folder: '/home/you',
      entries: [
        { name: 'cat.toml', path: '/home/you/cat.toml', kind: 'file' },
        { name: 'dogs', path: '/home/you/dogs', kind: 'folder' },
      ],
    }),
    'job.import': () => ({
      table: { network_dim: 32 },
      report: { format: 'kohya-json', used: [], ignored: [], changed: [] },
    }),
  });
  const app = createApp({ connection: createConnection(service.transport), pictureUrl: (path) => path });
  await waitFor(() => expect(app.info.getState().info).toBeDefined());
  app.job.getState().load({ table: {} });
  render(
    <AppContext value={app}>
      <MantineProvider theme={theme}>
        <Questions />
      </MantineProvider>
    </AppContext>,
  );
  return { app, service };
}

const inputsOf = (service: FakeService, name: string): unknown[] =>
  service.calls.filter((call) => call.name === name).map(({ input }) => input);
const choose = (file: File): unknown =>
  fireEvent.change(document.querySelector('input[type=file]') as Element, { target: { files: [file] } });

test('the path of a dialog is completed from the folders of the service, also from the home on', async () => {
  const { app, service } = await stage();
  app.documents.open();
  const field = await screen.findByRole('combobox', { name: 'Path' });
  fireEvent.focus(field);
  fireEvent.change(field, { target: { value: 'ca' } });
  fireEvent.click(await screen.findByText('/home/you/cat.toml'));
  expect(screen.queryByText('/home/you/dogs')).toBeNull();
  fireEvent.click(screen.getByRole('button', { name: 'Open' }));
  await waitFor(() => expect(inputsOf(service, 'job.open')).toEqual([{ path: '/home/you/cat.toml' }]));
});

test('a job of this computer is sent by the button, and is a new job without a path', async () => {
  const { app, service } = await stage();
  app.documents.open();
  await screen.findByRole('button', { name: 'Choose a file' });
  choose(new File(['network_dim = 8'], 'mine.toml'));
  await waitFor(() => expect(inputsOf(service, 'job.open')).toEqual([{ text: 'network_dim = 8' }]));
  await waitFor(() => expect(app.job.getState().table).toEqual({ ...SAMPLE_JOB, output_name: 'opened' }));
  expect(app.job.getState().path).toBeUndefined();
});

test('a config of Kohya’s GUI is dropped onto the dialog, and its report shown', async () => {
  const { app, service } = await stage();
  app.documents.importJob();
  const field = await screen.findByRole('combobox', { name: 'Path' });
  const file = new File(['{"network_dim": 32}'], 'kohya.json');
  fireEvent.drop(field, { dataTransfer: { files: [file], types: ['Files'] } });
  await screen.findByText('What was read');
  expect(inputsOf(service, 'job.import')).toEqual([{ text: '{"network_dim": 32}' }]);
  expect(app.job.getState().table).toEqual({ network_dim: 32 });
});

test('upload/too-large: a file that is no job by its size is not read', async () => {
  const { app, service } = await stage();
  app.documents.importJob();
  await screen.findByRole('button', { name: 'Choose a file' });
  choose(new File(['x'.repeat(200_000)], 'model.json'));
  await screen.findByText('model.json is larger than any job (200 kB).');
  expect(screen.getByRole('alert').textContent).toContain('Choose a .json or .toml file with settings.');
  expect(inputsOf(service, 'job.import')).toEqual([]);
  expect(await accessibilityFaults(document.body)).toEqual([]);
});
