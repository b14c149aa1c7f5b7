import { MantineProvider } from '@mantine/core';
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { DatasetPage } from '../../../renderer/dataset/dataset-page.tsx';
import { createConnection } from '../../../renderer/service/connection.ts';
import { AppContext, createApp, type App } from '../../../renderer/state/app.ts';
import { theme } from '../../../renderer/styles/theme.ts';
import type { DatasetScan } from '../../../trainer/api/rpc/index.ts';
import { must } from '../../../trainer/base/errors.ts';
import { fakeService, SCAN, type FakeService } from '../fake-service.ts';
import { fillJsdomGaps } from '../jsdom-gaps.ts';

beforeAll(fillJsdomGaps);
afterEach(cleanup);

const image = must(SCAN.images[0], 'a picture');
const subset = must(SCAN.subsets[0], 'a folder');
const inFolder = (folder: string, index: number): Partial<DatasetScan['images'][number]> => ({
  path: `${folder}/one.png`,
  name: `${folder.split('_').at(-1) ?? ''}.png`,
  subset: index,
});

/** Two folders, one of them without captions, and class images. */
const MIXED: DatasetScan = {
  ...SCAN,
  findings: [],
  images: [
    { ...image, ...inFolder('/cats/img/10_cat', 0) },
    { ...image, ...inFolder('/cats/img/2_dog', 1), captionFrom: 'folder' },
    { ...image, ...inFolder('/cats/reg/1_pet', 2), isRegularisation: true },
  ],
  subsets: [
    { ...subset, folder: '/cats/img/10_cat', name: '10_cat', imageCount: 1 },
    { ...subset, folder: '/cats/img/2_dog', name: '2_dog', imageCount: 1 },
    { ...subset, folder: '/cats/reg/1_pet', name: '1_pet', imageCount: 1, isRegularisation: true },
  ],
};

async function stage(): Promise<{ readonly app: App; readonly service: FakeService }> {
  const service = fakeService({ 'dataset.scan': () => MIXED });
  const app = createApp({ connection: createConnection(service.transport), pictureUrl: (path) => path });
  await waitFor(() => expect(app.dataset.getState().scan).toBeDefined());
  render(
    <AppContext value={app}>
      <MantineProvider theme={theme}>
        <DatasetPage />
      </MantineProvider>
    </AppContext>,
  );
  return { app, service };
}

const selectAll = (): unknown => fireEvent.click(screen.getByRole('checkbox', { name: 'Select all' }));
const selectedIn = (app: App): string[] => [...app.dataset.getState().selected];

test('what goes out of sight by its folder is not selected, and a batch edit changes what is seen alone', async () => {
  const { app, service } = await stage();
  selectAll();
  expect(screen.getByRole('checkbox', { name: '2 of 2 selected' })).toBeTruthy();
  fireEvent.click(screen.getByRole('button', { name: /^2_dog/ }));
  expect(screen.getByRole('checkbox', { name: '1 of 1 selected' })).toBeTruthy();
  fireEvent.click(screen.getByRole('button', { name: 'Add tag' }));
  fireEvent.change(await screen.findByRole('textbox', { name: 'Tag' }), { target: { value: 'indoors' } });
  // What has no size in jsdom counts as scrolled away, and its popover as hidden.
  fireEvent.click(screen.getByRole('button', { name: 'Change 1 caption', hidden: true }));
  await waitFor(() => expect(service.calls.some(({ name }) => name === 'captions.edit')).toBe(true));
  const edit = service.calls.find(({ name }) => name === 'captions.edit');
  expect(edit?.input).toMatchObject({ images: ['/cats/img/2_dog/one.png'] });
  // Nor does it come back when the folder does.
  fireEvent.click(screen.getByRole('button', { name: /^2_dog/ }));
  expect(selectedIn(app)).toEqual(['/cats/img/2_dog/one.png']);
});

test('what goes out of sight by its kind or by the filter is not selected', async () => {
  const { app } = await stage();
  selectAll();
  fireEvent.click(screen.getByRole('button', { name: 'Without caption' }));
  expect(selectedIn(app)).toEqual(['/cats/img/2_dog/one.png']);
  fireEvent.click(screen.getByRole('tab', { name: /^Class images/ }));
  expect(selectedIn(app)).toEqual([]);
  expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Add tag' }).disabled).toBe(true);
});

test('a selection made from outside is narrowed to what is in sight', async () => {
  const { app } = await stage();
  app.dataset.getState().select(MIXED.images.map(({ path }) => path));
  expect(selectedIn(app)).toEqual(['/cats/img/10_cat/one.png', '/cats/img/2_dog/one.png']);
});
