import { MantineProvider } from '@mantine/core';
import { act, cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeAll, expect, test } from 'vitest';
import type { ClassImagesEvent, ClassImagesShape, Handlers } from '../../../trainer/api/rpc/index.ts';
import { UserError } from '../../../trainer/base/errors.ts';
import { ClassImagesPanel } from '../../../renderer/class-images/class-images-panel.tsx';
import { createConnection } from '../../../renderer/service/connection.ts';
import { AppContext, createApp, type App } from '../../../renderer/state/app.ts';
import { theme } from '../../../renderer/styles/theme.ts';
import { inFolder } from '../../../renderer/text/class-images.ts';
import { accessibilityFaults } from '../accessibility.ts';
import { fakeService, RUN, type FakeService } from '../fake-service.ts';
import { fillJsdomGaps } from '../jsdom-gaps.ts';

beforeAll(fillJsdomGaps);
afterEach(cleanup);

const fileAt = (number: number): string => `/reg/1_a cat/class-00000${number}-0123456789.png`;

const imagesOf = (there: number, settings: Partial<ClassImagesShape> = {}): ClassImagesShape => ({
  folder: '/reg/1_a cat',
  wanted: 4,
  missing: 4 - there,
  bytes: 200_000 * (4 - there),
  removed: 0,
  pictures: Array.from({ length: there }, (_, index) => ({ file: fileAt(index), wanted: true })),
  foreign: 0,
  ...settings,
});

interface Stage {
  readonly app: App;
  readonly service: FakeService;
}

async function stage(handlers: Partial<Handlers>): Promise<Stage> {
  const service = fakeService(handlers);
  const app = createApp({ connection: createConnection(service.transport), pictureUrl: (path) => path });
  await waitFor(() => expect(app.info.getState().info).toBeDefined());
  render(
    <AppContext value={app}>
      <MantineProvider theme={theme}>
        <main>
          <ClassImagesPanel />
        </main>
      </MantineProvider>
    </AppContext>,
  );
  return { app, service };
}

const tell = ({ service }: Stage, event: ClassImagesEvent): void => service.emit('classes', { event });
const namesOf = ({ service }: Stage): readonly string[] => service.calls.map(({ name }) => name);

test('what is missing is counted, made, and arrives one by one', async () => {
  let there = 0;
  const on = await stage({ 'classes.look': () => imagesOf(there) });
  await screen.findByText('0 of 4 class images are there. 4 will be drawn, at most 800 kB.');
  fireEvent.click(screen.getByText('Make class images'));
  await waitFor(() => expect(namesOf(on)).toContain('classes.make'));
  tell(on, { kind: 'progress', done: 1, total: 4, secondsLeft: 90 });
  tell(on, { kind: 'picture', file: fileAt(0) });
  await screen.findByText('1 of 4, about 2 min left');
  expect(screen.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('25');
  expect(screen.getByLabelText('Show class-000000-0123456789.png')).toBeTruthy();
  expect(await accessibilityFaults(document.body)).toEqual([]);
  there = 4;
  tell(on, { kind: 'done' });
  await screen.findByText('4 of 4 class images are there.');
  expect(screen.getByText('Make missing class images').closest('button')?.disabled).toBe(true);
});

test('chosen pictures are removed, and the sentence says what comes in their place', async () => {
  let there = 4;
  const on = await stage({
    'classes.look': () => imagesOf(there),
    'classes.remove': ({ files }) => {
      there -= files.length;
      return { removed: files.length, left: [] };
    },
  });
  fireEvent.click(await screen.findByLabelText('Choose class-000003-0123456789.png'));
  expect(screen.getByText(/Others will be drawn in their place/)).toBeTruthy();
  on.app.job.getState().apply({ set: { replace_removed_class_images: false }, unset: [] });
  await screen.findByText(/None will be drawn in their place/);
  fireEvent.click(screen.getByText('Remove 1 picture'));
  await screen.findByText(/3 of 4 class images are there/);
  const removal = on.service.calls.find(({ name }) => name === 'classes.remove')?.input;
  expect(removal).toMatchObject({ files: [fileAt(3)] });
  expect(screen.queryByText('Remove 1 picture')).toBeNull();
});

test('while a run is on nothing can be removed, and the reason stands there', async () => {
  const on = await stage({ 'classes.look': () => imagesOf(4) });
  fireEvent.click(await screen.findByLabelText('Choose class-000003-0123456789.png'));
  const button = screen.getByRole<HTMLButtonElement>('button', { name: 'Remove 1 picture' });
  expect(button.disabled).toBe(false);
  act(() => on.app.run.setState({ status: RUN }));
  expect(button.disabled).toBe(true);
  const reason = document.getElementById(button.getAttribute('aria-describedby') ?? '');
  expect(reason?.textContent).toBe('A run is on, and it may still read them: remove them when it has ended.');
});

test('of thousands of pictures only those in sight are drawn, and all can be looked through', async () => {
  const pictures = Array.from({ length: 4000 }, (_, index) => ({
    file: `/reg/1_a cat/class-${String(index).padStart(6, '0')}-0123456789.png`,
    wanted: true,
  }));
  await stage({ 'classes.look': () => imagesOf(4, { wanted: 4000, pictures }) });
  fireEvent.click(await screen.findByLabelText('Show class-000001-0123456789.png'));
  expect(document.querySelectorAll('img').length).toBeLessThan(100);
  await screen.findByText('2 of 4000');
});

test('a picture opens in the whole window, and arrow keys go to its neighbours', async () => {
  await stage({ 'classes.look': () => imagesOf(3) });
  fireEvent.click(await screen.findByLabelText('Show class-000001-0123456789.png'));
  await screen.findByText('2 of 3');
  fireEvent.keyDown(screen.getByText('2 of 3'), { key: 'ArrowRight' });
  await screen.findByText('3 of 3');
  fireEvent.keyDown(screen.getByText('3 of 3'), { key: 'ArrowRight' });
  expect(screen.getByText('3 of 3')).toBeTruthy();
});

test('what the job lacks is said in place of the counts', async () => {
  await stage({
    'classes.look': () => {
      throw new UserError({
        code: 'classes/prompt',
        what: 'The job does not say what class images show',
        fix: 'Set class_prompt to the class of the subject.',
      });
    },
  });
  const what = await screen.findByText('The job does not say what class images show.');
  expect(what.parentElement?.textContent).toContain('Set “Class prompt” to the class of the subject.');
  expect(screen.getByText('Make class images').closest('button')?.disabled).toBe(true);
});

test('a drawing that was on before the window was opened is found, and can be stopped', async () => {
  const on = await stage({
    'classes.look': () => imagesOf(2),
    'classes.current': () => ({ making: { done: 2, total: 4 } }),
  });
  fireEvent.click(await screen.findByText('Stop'));
  await screen.findByText('Ending the picture in hand');
  expect(namesOf(on)).toContain('classes.stop');
  tell(on, { kind: 'stopped' });
  await screen.findByText('Make missing class images');
});

test('pictures of other settings, removed ones and those of others are counted in words', () => {
  const pictures = [...imagesOf(1).pictures, { file: fileAt(8), wanted: false }];
  expect(inFolder(imagesOf(1, { pictures, removed: 1, missing: 2, bytes: 400_000, foreign: 2 }))).toEqual([
    '1 of 4 class images is there.',
    '2 will be drawn, at most 400 kB.',
    '1 was removed.',
    '1 picture of other settings will be set aside, and come back with them.',
    '2 pictures from elsewhere are left alone, and trained on too.',
  ]);
});
