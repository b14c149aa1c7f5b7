import { MantineProvider } from '@mantine/core';
import { cleanup, fireEvent, render, screen, within } from '@testing-library/react';
import type { JSX } from 'react';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { TrialCheck } from '../../../renderer/pages/trial.tsx';
import { RunPage } from '../../../renderer/run/run-page.tsx';
import { RunPanel } from '../../../renderer/run/run-panel.tsx';
import { createConnection } from '../../../renderer/service/connection.ts';
import { AppContext, createApp, type App } from '../../../renderer/state/app.ts';
import { theme } from '../../../renderer/styles/theme.ts';
import { UserError, type ErrorReport } from '../../../trainer/base/errors.ts';
import type { Handlers } from '../../../trainer/api/rpc/index.ts';
import { fakeService, RUN, SAMPLE_JOB } from '../fake-service.ts';
import { fillJsdomGaps } from '../jsdom-gaps.ts';

beforeAll(fillJsdomGaps);
afterEach(cleanup);

const FULL: ErrorReport = {
  code: 'engine/out-of-memory',
  what: 'The cpu engine ran out of memory',
  fix: 'Turn on gradient_checkpointing, lower train_batch_size or resolution, or close other programs.',
};

/** Of a batch of 4. */
const HALF = 'Set “Train batch size” to 2 and “Gradient accumulate steps” to 2';

async function draw(view: JSX.Element, handlers: Partial<Handlers> = {}): Promise<App> {
  const service = fakeService(handlers);
  const app = createApp({ connection: createConnection(service.transport), pictureUrl: (path) => path });
  await vi.waitFor(() => expect(app.check.getState().kind).toBe('known'));
  render(
    <AppContext value={app}>
      <MantineProvider theme={theme} env="test">
        {view}
      </MantineProvider>
    </AppContext>,
  );
  return app;
}

async function failed(view: JSX.Element): Promise<{ app: App; alert: HTMLElement }> {
  const app = await draw(view, {
    'run.current': () => ({ run: { ...RUN, end: { kind: 'failed', error: FULL } } }),
    'run.history': ({ folder }) => ({
      folder,
      name: RUN.name,
      table: RUN.table,
      metrics: { step: [], epoch: [], loss: [], averageLoss: [], gradNorm: [], seconds: [], lr: {} },
      samples: [],
      files: [],
      log: [],
      resumable: true,
    }),
  });
  return { app, alert: await screen.findByRole('alert') };
}

const buttons = (place: HTMLElement): readonly string[] =>
  within(place)
    .queryAllByRole('button')
    .map(({ textContent }) => textContent);

test('a run that failed says in the words of the window what a button can change', async () => {
  const { app, alert } = await failed(<RunPanel />);
  expect(alert.textContent).toContain('Turn on “Gradient checkpointing”, lower “Train batch size”');
  expect(buttons(alert)).toEqual(['Turn on “Gradient checkpointing”', HALF]);
  fireEvent.click(within(alert).getByText(HALF));
  expect(app.job.getState().table).toEqual({ ...SAMPLE_JOB, train_batch_size: 2, gradient_accumulation_steps: 2 });
  app.job.getState().undo();
  expect(app.job.getState().table).toEqual(SAMPLE_JOB);
});

test('what was changed since is not offered again, lest the batch be halved twice', async () => {
  const { app, alert } = await failed(<RunPage />);
  fireEvent.click(within(alert).getByText(HALF));
  expect(buttons(alert).filter((label) => label.includes('batch'))).toEqual([]);
  expect(buttons(alert)).toContain('Turn on “Gradient checkpointing”');
  expect(within(alert).getByRole('status').textContent).toBe('The job is another by now: Start begins anew with it.');
  fireEvent.click(within(alert).getByText('Turn on “Gradient checkpointing”'));
  expect(app.job.getState().table).toMatchObject({ train_batch_size: 2, gradient_checkpointing: true });
  expect(buttons(alert)).toEqual(['Resume', 'Change the settings']);
});

test('a trial that fails has the same buttons, and is over once the job is changed', async () => {
  const app = await draw(<TrialCheck />, {
    'check.start': () => {
      throw new UserError(FULL);
    },
  });
  fireEvent.click(screen.getByRole('button'));
  fireEvent.click(await screen.findByText('Turn on “Gradient checkpointing”'));
  expect(app.job.getState().table['gradient_checkpointing']).toBe(true);
  expect(screen.getByRole('status').textContent).toBe('');
});
