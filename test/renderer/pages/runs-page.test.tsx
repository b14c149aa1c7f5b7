import { MantineProvider } from '@mantine/core';
import { cleanup, fireEvent, render, screen, within } from '@testing-library/react';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { RunsPage } from '../../../renderer/pages/runs-page.tsx';
import type { Handlers } from '../../../trainer/api/rpc/index.ts';
import { UserError } from '../../../trainer/base/errors.ts';
import { createConnection } from '../../../renderer/service/connection.ts';
import type { Shell } from '../../../renderer/service/shell.ts';
import { AppContext, createApp, type App } from '../../../renderer/state/app.ts';
import { theme } from '../../../renderer/styles/theme.ts';
import { fakeService, RUN, type FakeService } from '../fake-service.ts';
import { fillJsdomGaps } from '../jsdom-gaps.ts';
import { pastHistory, pastRuns } from '../stage/made-up-run.ts';

beforeAll(fillJsdomGaps);
afterEach(cleanup);

async function runsPage(
  shell?: Partial<Shell>,
  answers: Partial<Handlers> = {},
): Promise<{ app: App; service: FakeService }> {
  const service = fakeService({
    'runs.list': () => ({ runs: pastRuns(), folders: [] }),
    'run.history': ({ folder }) => {
      const history = pastHistory(folder);
      if (history === undefined) throw new Error(`no run in ${folder}`);
      return history;
    },
    'run.resume': ({ folder }) => ({ ...RUN, folder }),
    ...answers,
  });
  const app = createApp({
    connection: createConnection(service.transport),
    pictureUrl: (path) => path,
    shell: shell as Shell | undefined,
  });
  render(
    <AppContext value={app}>
      <MantineProvider theme={theme} env="test">
        <RunsPage />
      </MantineProvider>
    </AppContext>,
  );
  await screen.findByText('sks-cat-2');
  return { app, service };
}

async function menuOf(name: string): Promise<HTMLElement> {
  fireEvent.click(screen.getByRole('button', { name: `Actions: ${name}` }));
  return screen.findByRole('menu');
}

test('a stopped run is resumed from its row, and seen in the Run page', async () => {
  const { app, service } = await runsPage();
  fireEvent.click(within(await menuOf('sks-cat-2')).getByRole('menuitem', { name: 'Resume' }));
  await vi.waitFor(() => expect(app.run.getState().status?.runId).toBe(RUN.runId));
  expect(service.calls).toContainEqual({ name: 'run.resume', input: { folder: '/runs/sks-cat-2' } });
  expect(app.view.getState().page).toBe('run');
  expect(app.run.getState().metrics.length).toBe(412);
});

test('a folder of runs is added by its path, and one without runs says what to choose', async () => {
  const { service } = await runsPage(undefined, {
    'runs.addFolder': ({ folder }) => {
      if (folder === '/disk/runs') return { folder, runs: 3 };
      throw new UserError({ code: 'run/no-folder', what: 'There are no runs in this folder', fix: 'Choose another.' });
    },
  });
  fireEvent.click(screen.getByRole('button', { name: 'Folders of runs' }));
  const dialog = within(await screen.findByRole('dialog'));
  const path = dialog.getByRole('combobox', { name: 'Add a folder' });
  fireEvent.change(path, { target: { value: '/disk' } });
  fireEvent.click(dialog.getByRole('button', { name: 'Add a folder' }));
  expect((await dialog.findByRole('alert')).textContent).toBe('There are no runs in this folder. Choose another.');
  fireEvent.change(path, { target: { value: '/disk/runs' } });
  const listed = service.calls.filter(({ name }) => name === 'runs.list').length;
  fireEvent.click(dialog.getByRole('button', { name: 'Add a folder' }));
  expect(await screen.findByText('3 runs in /disk/runs are listed.')).toBeTruthy();
  await vi.waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(service.calls.filter(({ name }) => name === 'runs.list')).toHaveLength(listed + 1);
});

test('a folder of runs is taken off the list, and its runs with it', async () => {
  const folders = [
    { folder: '/runs', runs: 4 },
    { folder: '/unplugged', runs: 0 },
  ];
  const { service } = await runsPage(undefined, {
    'runs.list': () => ({ runs: pastRuns(), folders }),
    'runs.forgetFolder': ({ folder }) => {
      if (folder === '/runs')
        throw new UserError({ code: 'file/no-space', what: 'The list cannot be written', fix: 'Wait.' });
      folders.splice(
        folders.findIndex((listed) => listed.folder === folder),
        1,
      );
      return {};
    },
  });
  fireEvent.click(screen.getByRole('button', { name: 'Folders of runs' }));
  const list = within(await screen.findByRole('list', { name: 'Folders of runs' }));
  expect(list.getAllByRole('listitem').map(({ textContent }) => textContent)).toEqual([
    '/runs4 runsTake off the list',
    '/unpluggedno runsTake off the list',
  ]);
  fireEvent.click(list.getByRole('button', { name: 'Take /runs off the list' }));
  expect((await screen.findByRole('alert')).textContent).toBe('The list cannot be written. Wait.');
  expect(screen.getByRole('combobox', { name: 'Add a folder' }).getAttribute('aria-invalid')).not.toBe('true');
  const listed = service.calls.filter(({ name }) => name === 'runs.list').length;
  fireEvent.click(list.getByRole('button', { name: 'Take /unplugged off the list' }));
  await vi.waitFor(() => expect(list.getAllByRole('listitem')).toHaveLength(1));
  expect(service.calls.filter(({ name }) => name === 'runs.list')).toHaveLength(listed + 1);
});

test('a run that is done has no way to resume, and is opened with its curve', async () => {
  const { app } = await runsPage();
  const menu = within(await menuOf('sks-cat-3'));
  expect(menu.queryByRole('menuitem', { name: 'Resume' })).toBeNull();
  fireEvent.click(menu.getByRole('menuitem', { name: 'Open' }));
  await vi.waitFor(() => expect(app.run.getState().status?.name).toBe('sks-cat-3'));
  expect(app.run.getState().metrics.length).toBe(1600);
  expect(app.view.getState().page).toBe('run');
});

test('a run of before does not take the page from the run that is on', async () => {
  const { app } = await runsPage();
  app.run.setState({ status: RUN });
  const open = within(await menuOf('sks-cat-3')).getByRole('menuitem', { name: 'Open' });
  expect(open).toHaveProperty('disabled', true);
  expect(open.getAttribute('title')).toContain('Another run is on');
});

async function compareTwo(): Promise<HTMLElement> {
  for (const name of ['sks-cat-3', 'sks-cat-2']) {
    fireEvent.click(screen.getByRole('checkbox', { name: `Select ${name}` }));
  }
  return screen.findByRole('region', { name: 'Compare 2 runs' });
}

test('of the compared runs any is cloned as a new job', async () => {
  const { app } = await runsPage();
  fireEvent.click(within(await compareTwo()).getByRole('button', { name: 'Clone as new job' }));
  fireEvent.click(within(await screen.findByRole('menu')).getByRole('menuitem', { name: 'sks-cat-2' }));
  await vi.waitFor(() => expect(app.view.getState().page).toBe('train'));
  expect(app.job.getState().table).toMatchObject({ network_dim: 4 });
});

test('a picture of the comparison that cannot be made says so', async () => {
  await runsPage();
  const comparison = within(await compareTwo());
  const button = comparison.getByRole('button', { name: 'Export picture' });
  await vi.waitFor(() => expect(button).toHaveProperty('disabled', false));
  fireEvent.click(button);
  expect((await screen.findByRole('alert')).textContent).toContain('The picture could not be made');
});

test('what differs counts the settings, not the names of the runs', async () => {
  await runsPage();
  const comparison = within(await compareTwo());
  const heading = comparison.getByRole('heading', { name: /^What differs/ }).textContent;
  // Of the made-up runs: rank and learning rate.
  expect(heading).toMatch(/^What differs, [12] of /);
  expect(comparison.queryByRole('rowheader', { name: /output name/i })).toBeNull();
});

async function trashOf(name: string): Promise<void> {
  fireEvent.click(within(await menuOf(name)).getByRole('menuitem', { name: 'Move to trash' }));
  const question = within(await screen.findByRole('dialog', { name: `Move ${name} to the trash?` }));
  fireEvent.click(question.getByRole('button', { name: 'Move to trash' }));
}

test("in the desktop app a run goes into the system's trash, and nothing is promised that is not here", async () => {
  const gone: string[] = [];
  const { service } = await runsPage({ trashRun: async (folder) => void gone.push(folder) });
  await trashOf('sks-cat-3');
  expect((await screen.findByText(/^sks-cat-3 is in/)).textContent).toBe('sks-cat-3 is in the trash of this computer.');
  expect(gone).toEqual(['/runs/sks-cat-3']);
  expect(service.calls.some(({ name }) => name === 'runs.trash')).toBe(false);
  expect(screen.queryByRole('button', { name: 'Put back' })).toBeNull();
});

test('in a browser it says where the run lies now, and brings it back', async () => {
  const { service } = await runsPage(undefined, {
    'runs.trash': () => ({ trashed: '/runs/.trash/sks-cat-3 1' }),
    'runs.restore': () => ({ folder: '/runs/sks-cat-3' }),
  });
  await trashOf('sks-cat-3');
  await screen.findByText('sks-cat-3 is in /runs/.trash.');
  fireEvent.click(screen.getByRole('button', { name: 'Put back' }));
  await vi.waitFor(() =>
    expect(service.calls).toContainEqual({ name: 'runs.restore', input: { trashed: '/runs/.trash/sks-cat-3 1' } }),
  );
});

test('what lies in the trash is seen, brought back one by one, and deleted for good when asked twice', async () => {
  const runs = ['a', 'b'].map((name) => ({ name, trashed: `/runs/.trash/${name} 1`, trashedAt: 1 }));
  const { service } = await runsPage(undefined, {
    'runs.trashed': () => ({ runs }),
    'runs.restore': () => ({ folder: '/runs/a' }),
    'runs.emptyTrash': () => ({ removed: 2 }),
  });
  fireEvent.click(await screen.findByRole('button', { name: '2 runs in the trash' }));
  const trash = within(await screen.findByRole('dialog', { name: '2 runs in the trash' }));
  expect(trash.getByText('/runs/.trash/a 1')).toBeTruthy();
  fireEvent.click(trash.getByRole('button', { name: 'Put back b' }));
  const calls = (): readonly string[] => service.calls.map(({ name }) => name);
  await vi.waitFor(() => expect(calls()).toContain('runs.restore'));
  fireEvent.click(trash.getByRole('button', { name: 'Delete for good' }));
  expect(calls()).not.toContain('runs.emptyTrash');
  fireEvent.click(trash.getByRole('button', { name: 'Yes, delete for good' }));
  await vi.waitFor(() => expect(calls()).toContain('runs.emptyTrash'));
});

test('a folder that does not open says why', async () => {
  await runsPage({
    openFolder: () => Promise.reject(new Error('The folder is gone')),
    notify: () => Promise.resolve(),
  });
  fireEvent.click(within(await menuOf('sks-cat-3')).getByRole('menuitem', { name: 'Open the folder' }));
  expect((await screen.findByRole('alert')).textContent).toContain('The folder is gone');
});

test('a folder that the browser does not let the page copy says so', async () => {
  await runsPage();
  fireEvent.click(within(await menuOf('sks-cat-3')).getByRole('menuitem', { name: 'Show where it is' }));
  fireEvent.click(await screen.findByRole('button', { name: 'Copy' }));
  expect((await screen.findByRole('alert')).textContent).toContain('does not let this page copy');
});
