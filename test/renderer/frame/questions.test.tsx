import { MantineProvider } from '@mantine/core';
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { Handlers } from '../../../trainer/api/rpc/index.ts';
import { UserError } from '../../../trainer/base/errors.ts';
import { Questions } from '../../../renderer/frame/questions.tsx';
import { createConnection } from '../../../renderer/service/connection.ts';
import type { Shell } from '../../../renderer/service/shell.ts';
import { AppContext, createApp, type App } from '../../../renderer/state/app.ts';
import type { Question } from '../../../renderer/state/documents.ts';
import { theme } from '../../../renderer/styles/theme.ts';
import { accessibilityFaults } from '../accessibility.ts';
import { fakeService, type FakeService } from '../fake-service.ts';
import { fillJsdomGaps } from '../jsdom-gaps.ts';

beforeAll(fillJsdomGaps);
afterEach(cleanup);

/** A disk with one job on it, which makes way only for who names it. */
function oneFile(path: string): Pick<Handlers, 'job.save' | 'job.export'> {
  const refuse = (wanted: string | undefined, replaces: string | undefined): void => {
    if (wanted !== path || replaces === path) return;
    const free = path.replace(/(\.\w+)$/, '-2$1');
    const what = 'A file named cat is there already';
    throw new UserError({ code: 'file/taken', what, fix: 'Choose.', details: { path, free } });
  };
  return {
    'job.save': ({ path: wanted, replaces }) => {
      refuse(wanted, replaces);
      return { path: wanted };
    },
    'job.export': ({ path: wanted, replaces }) => {
      refuse(wanted, replaces);
      return { text: '', left: [], ...(wanted === undefined ? {} : { path: wanted }) };
    },
  };
}

interface Stage {
  readonly app: App;
  readonly service: FakeService;
}

async function stage(handlers: Partial<Handlers>, shell?: Shell): Promise<Stage> {
  const service = fakeService(handlers);
  const app = createApp({ connection: createConnection(service.transport), pictureUrl: (path) => path, shell });
  await waitFor(() => expect(app.info.getState().info).toBeDefined());
  render(
    <AppContext value={app}>
      <MantineProvider theme={theme} env="test">
        <header>As every page has one</header>
        <Questions />
      </MantineProvider>
    </AppContext>,
  );
  return { app, service };
}

const inputsOf = ({ service }: Stage, name: string): unknown[] =>
  service.calls.filter((call) => call.name === name).map(({ input }) => input);

const press = (name: string): void => void fireEvent.click(screen.getByText(name, { selector: 'button *' }));

async function saveAs(on: Stage, path: string): Promise<void> {
  await on.app.documents.saveAs();
  fireEvent.change(await screen.findByRole('combobox', { name: 'Path' }), { target: { value: path } });
  press('Save');
}

test('a job that is saved under a name that is taken asks, and keeps both when told to', async () => {
  const on = await stage(oneFile('/jobs/cat.toml'));
  await saveAs(on, '/jobs/cat.toml');
  await screen.findByRole('dialog', { name: 'cat.toml is there already' });
  expect(screen.getByText('In /jobs. What is in it would be lost.')).toBeTruthy();
  press('Save as cat-2.toml');
  await waitFor(() => expect(on.app.job.getState().path).toBe('/jobs/cat-2.toml'));
  expect(on.app.documents.state.getState().question.kind).toBe('none');
});

test('a job replaces the file of its name only after a yes, and goes on to what it was saved for', async () => {
  const on = await stage(oneFile('/jobs/cat.toml'));
  const after = vi.fn();
  on.app.documents.take({ network_dim: 8 }, after);
  await on.app.documents.saveAs();
  on.app.documents.take({ network_dim: 16 }, after);
  await on.app.documents.answer('save');
  fireEvent.change(await screen.findByRole('combobox', { name: 'Path' }), { target: { value: '/jobs/cat.toml' } });
  press('Save');
  await screen.findByRole('dialog', { name: 'cat.toml is there already' });
  press('Replace it');
  await waitFor(() => expect(after).toHaveBeenCalledTimes(2));
  expect(inputsOf(on, 'job.save').at(-1)).toMatchObject({ path: '/jobs/cat.toml', replaces: '/jobs/cat.toml' });
});

test('after a no the job is where it was, with its changes', async () => {
  const on = await stage(oneFile('/jobs/cat.toml'));
  on.app.job.setState({ table: { network_dim: 8 } });
  await saveAs(on, '/jobs/cat.toml');
  await screen.findByRole('dialog', { name: 'cat.toml is there already' });
  press('Cancel');
  expect(on.app.job.getState()).toMatchObject({ table: { network_dim: 8 } });
  expect(on.app.job.getState().path).toBeUndefined();
  expect(inputsOf(on, 'job.save')).toHaveLength(1);
});

test('the desktop’s own dialog has asked: it is not asked again', async () => {
  const shell = {
    saveFile: () => Promise.resolve('/jobs/cat.toml'),
    setDocument: () => Promise.resolve(),
  } as unknown as Shell;
  const on = await stage(oneFile('/jobs/cat.toml'), shell);
  await on.app.documents.saveAs();
  expect(on.app.job.getState().path).toBe('/jobs/cat.toml');
  expect(on.app.documents.state.getState().question.kind).toBe('none');
});

test('an export does not take the place of a file before it is told to', async () => {
  const on = await stage(oneFile('/jobs/cat.json'));
  on.app.documents.exportJob();
  fireEvent.change(await screen.findByLabelText(/Path/), { target: { value: '/jobs/cat.json' } });
  await screen.findByText('Every setting has a place in it.');
  press('Save');
  await screen.findByText(/A file named cat is there already/);
  press('Replace it');
  await screen.findByText('/jobs/cat.json');
  expect(inputsOf(on, 'job.export').at(-1)).toMatchObject({ replaces: '/jobs/cat.json' });
});

const REPORT = { format: 'kohya-json', used: [], ignored: [], changed: [] } as const;

test.each<Question>([
  { kind: 'unsaved', then: () => undefined },
  { kind: 'open' },
  { kind: 'save' },
  { kind: 'taken', path: '/jobs/cat.toml', free: '/jobs/cat-2.toml' },
  { kind: 'import' },
  { kind: 'imported', report: REPORT },
  { kind: 'export' },
])('axe finds nothing in the dialog of $kind, also no landmark of the page', async (question) => {
  const { app } = await stage({ 'job.export': () => ({ text: '', left: [] }) });
  app.documents.state.setState({ question });
  await screen.findByRole('dialog');
  if (question.kind === 'export') await screen.findByText('Every setting has a place in it.');
  // Landmarks are judged on a whole page only.
  Object.assign(document.documentElement, { lang: 'en' });
  Object.assign(document, { title: 'A page' });
  expect(await accessibilityFaults(document.documentElement)).toEqual([]);
});
