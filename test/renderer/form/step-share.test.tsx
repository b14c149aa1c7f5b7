import { MantineProvider } from '@mantine/core';
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { JobForm } from '../../../renderer/form/form.tsx';
import { shownShare, writtenAmount } from '../../../renderer/form/step-share.ts';
import { createConnection } from '../../../renderer/service/connection.ts';
import { AppContext, createApp, type App } from '../../../renderer/state/app.ts';
import { theme } from '../../../renderer/styles/theme.ts';
import { fakeService } from '../fake-service.ts';
import { fillJsdomGaps } from '../jsdom-gaps.ts';

beforeAll(fillJsdomGaps);
afterEach(cleanup);

describe('a part of the run', () => {
  test.each([
    [100, '100%'],
    [12.5, 0.125],
    [0.7, 0.007],
    [1, 0.01],
    [99.9, 0.999],
    [0, 0],
    [undefined, undefined],
    ['many', 'many'],
  ])('of %s % is written as %s, and shown as it was', (amount, written) => {
    expect(writtenAmount('percent', amount)).toBe(written);
    expect(shownShare(written).amount).toBe(amount);
  });

  test.each([150, -5])('cannot be %s %: it stays as it is, with a fault', (amount) => {
    expect(writtenAmount('percent', amount)).toBe(`${amount}%`);
    expect(shownShare(`${amount}%`)).toEqual({ unit: 'percent', amount });
  });

  test('of 1 is one step, and "10%" of a file is 10 percent', () => {
    expect(shownShare(1)).toEqual({ unit: 'steps', amount: 1 });
    expect(writtenAmount('steps', 1)).toBe(1);
    expect(shownShare('10%')).toEqual({ unit: 'percent', amount: 10 });
  });
});

/** As if typed, one character after the other. */
function type(field: HTMLElement, text: string): void {
  fireEvent.focus(field);
  for (let end = 1; end <= text.length; end++) fireEvent.change(field, { target: { value: text.slice(0, end) } });
}

async function warmup(): Promise<{ app: App; field: HTMLInputElement; unit: () => string }> {
  const app = createApp({ connection: createConnection(fakeService().transport), pictureUrl: (path) => path });
  await waitFor(() => expect(app.info.getState().info).toBeDefined());
  app.job.setState({ table: { lr_scheduler: 'cosine' } });
  render(
    <AppContext value={app}>
      <MantineProvider theme={theme}>
        <JobForm filter={{ query: 'lr_warmup_steps', expert: true, onlyChanged: false }} />
      </MantineProvider>
    </AppContext>,
  );
  const field = await screen.findByLabelText<HTMLInputElement>('LR warmup');
  const unit = (): string => screen.getAllByRole<HTMLInputElement>('radio').find(({ checked }) => checked)?.value ?? '';
  return { app, field, unit };
}

describe('the warmup field', () => {
  test('in percent takes 100 as the whole run, and stays in percent on the way there', async () => {
    const { app, field, unit } = await warmup();
    fireEvent.click(screen.getByText('%'));
    type(field, '100');
    expect(app.job.getState().table['lr_warmup_steps']).toBe('100%');
    fireEvent.blur(field);
    expect([field.value, unit()]).toEqual(['100', 'percent']);
    expect(screen.queryByText(/Must be/)).toBeNull();
  });

  test('in steps takes 0.25 as it is typed, and shows what that means when it is left', async () => {
    const { app, field, unit } = await warmup();
    type(field, '0.25');
    expect([app.job.getState().table['lr_warmup_steps'], field.value, unit()]).toEqual([0.25, '0.25', 'steps']);
    fireEvent.blur(field);
    expect([field.value, unit()]).toEqual(['25', 'percent']);
  });

  test('says that more than the whole run is too much', async () => {
    const { field } = await warmup();
    fireEvent.click(screen.getByText('%'));
    type(field, '150');
    expect(screen.getByText(/Must be a whole number of steps, or a part of the run/)).toBeTruthy();
  });

  test('goes from one step to none with an arrow, not to nine tenths of the run', async () => {
    const { app, field } = await warmup();
    type(field, '1');
    fireEvent.keyDown(field, { key: 'ArrowDown' });
    // Written down: a new job has a tenth of the run.
    expect(app.job.getState().table['lr_warmup_steps']).toBe(0);
    fireEvent.keyDown(field, { key: 'ArrowUp' });
    expect(app.job.getState().table['lr_warmup_steps']).toBe(1);
  });
});
