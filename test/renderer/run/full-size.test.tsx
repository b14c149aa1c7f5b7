import { MantineProvider } from '@mantine/core';
import { cleanup, fireEvent, render, screen, within } from '@testing-library/react';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { SampleMatrix } from '../../../renderer/run/sample-matrix.tsx';
import { createConnection } from '../../../renderer/service/connection.ts';
import { AppContext, createApp } from '../../../renderer/state/app.ts';
import { theme } from '../../../renderer/styles/theme.ts';
import { fakeService, RUN } from '../fake-service.ts';
import { fillJsdomGaps } from '../jsdom-gaps.ts';

beforeAll(fillJsdomGaps);
afterEach(cleanup);

const sample = (step: number, promptIndex: number) => ({
  file: `${step}-${promptIndex}.png`,
  step,
  promptIndex,
  prompt: promptIndex === 0 ? 'a cat' : 'a dog',
  seed: 1,
});

/** Two prompts at three steps, the last of the first prompt in the whole window. */
async function fullSize(): Promise<{ opener: HTMLElement; dialog: HTMLElement }> {
  const app = createApp({ connection: createConnection(fakeService().transport), pictureUrl: (path) => path });
  app.run.setState({ status: RUN, samples: [0, 100, 200].flatMap((step) => [sample(step, 0), sample(step, 1)]) });
  render(
    <AppContext value={app}>
      <MantineProvider theme={theme} env="test">
        <SampleMatrix />
      </MantineProvider>
    </AppContext>,
  );
  const opener = screen.getByRole('button', { name: 'Samples in the whole window' });
  opener.focus();
  fireEvent.click(opener);
  return { opener, dialog: await screen.findByRole('dialog', { name: 'Samples in the whole window' }) };
}

const pictures = (dialog: HTMLElement): string[] =>
  within(dialog)
    .getAllByRole('img')
    .map((picture) => picture.getAttribute('alt') ?? '');

test('arrow keys go from sample to sample, and stop at the edge', async () => {
  const { dialog } = await fullSize();
  expect(pictures(dialog)).toEqual(['a cat, step 200', 'a cat, step 0']);
  const press = (key: string): unknown => fireEvent.keyDown(screen.getByRole('button', { name: 'Later' }), { key });
  press('ArrowRight');
  expect(pictures(dialog)[0]).toBe('a cat, step 200');
  press('ArrowLeft');
  expect(pictures(dialog)[0]).toBe('a cat, step 100');
  press('ArrowDown');
  expect(pictures(dialog)).toEqual(['a dog, step 100', 'a dog, step 0']);
  fireEvent.click(within(dialog).getByRole('button', { name: 'Later' }));
  expect(pictures(dialog)[0]).toBe('a dog, step 200');
});

test('arrow keys on the curtain move the curtain alone', async () => {
  const { dialog } = await fullSize();
  fireEvent.keyDown(within(dialog).getByRole('slider'), { key: 'ArrowLeft' });
  expect(pictures(dialog)[0]).toBe('a cat, step 200');
});

test('Escape goes back to what opened it', async () => {
  const { opener, dialog } = await fullSize();
  await vi.waitFor(() => expect(dialog.contains(document.activeElement)).toBe(true));
  fireEvent.keyDown(dialog, { key: 'Escape' });
  await vi.waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  await vi.waitFor(() => expect(document.activeElement).toBe(opener));
});
