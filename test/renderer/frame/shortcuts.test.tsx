import { MantineProvider, Modal } from '@mantine/core';
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import type { JSX } from 'react';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { must } from '../../../trainer/base/errors.ts';
import { Field } from '../../../renderer/form/field.tsx';
import { HelpProvider } from '../../../renderer/form/help.tsx';
import { fieldAt } from '../../../renderer/form/settings.ts';
import { useShortcuts } from '../../../renderer/frame/shortcuts.ts';
import { createConnection } from '../../../renderer/service/connection.ts';
import { AppContext, createApp, type App } from '../../../renderer/state/app.ts';
import { theme } from '../../../renderer/styles/theme.ts';
import { fakeService } from '../fake-service.ts';
import { fillJsdomGaps } from '../jsdom-gaps.ts';

beforeAll(fillJsdomGaps);
afterEach(cleanup);

function Page({ dialog }: { readonly dialog: boolean }): JSX.Element {
  useShortcuts();
  return (
    <>
      <button type="button">A button</button>
      <textarea aria-label="A caption" />
      <HelpProvider>
        <Field field={must(fieldAt('output_name'), 'the name')} />
      </HelpProvider>
      <Modal opened={dialog} onClose={() => undefined} title="A question">
        <input aria-label="A path" />
      </Modal>
    </>
  );
}

let app: App;

beforeEach(async () => {
  app = createApp({ connection: createConnection(fakeService().transport), pictureUrl: (path) => path });
  await waitFor(() => expect(app.info.getState().info).toBeDefined());
});

function open(dialog = false): void {
  render(
    <AppContext value={app}>
      <MantineProvider theme={theme} env="test">
        <Page dialog={dialog} />
      </MantineProvider>
    </AppContext>,
  );
}

/** Whether the browser would go on with the key in its own way. */
const press = (on: Element, key: string, more: KeyboardEventInit = {}): boolean =>
  fireEvent.keyDown(on, { key, ctrlKey: true, ...more });

/** What a start does first, at once. */
const startSpy = () => vi.spyOn(app.check.getState(), 'lookNow').mockResolvedValue([]);
const rank = (): unknown => app.job.getState().table['network_dim'];

function change(value: number): void {
  app.job.getState().set(must(fieldAt('network_dim'), 'the rank'), value);
}

describe('a key of the whole window', () => {
  test('works on a button and in a field of the job', () => {
    open();
    change(32);
    press(screen.getByLabelText('Trained Model output name'), 'z');
    expect(rank()).toBeUndefined();
    press(screen.getByText('A button'), 'y');
    expect(rank()).toBe(32);
    const started = startSpy();
    press(screen.getByText('A button'), 'Enter');
    expect(started).toHaveBeenCalledOnce();
  });

  test.each(['z', 'y', 'Enter'])('leaves Ctrl %s to text that is no setting of the job', (key) => {
    open();
    change(32);
    const started = startSpy();
    expect(press(screen.getByLabelText('A caption'), key)).toBe(true);
    expect(rank()).toBe(32);
    expect(started).not.toHaveBeenCalled();
  });

  test('saves and searches from anywhere else that is written in', () => {
    open();
    const saved = vi.spyOn(app.documents, 'save').mockResolvedValue();
    expect(press(screen.getByLabelText('A caption'), 's')).toBe(false);
    expect(press(screen.getByLabelText('A caption'), 'k')).toBe(false);
    expect(saved).toHaveBeenCalledOnce();
    expect(app.view.getState().search).toBe(true);
  });

  test('does nothing behind a dialog, whoever has the focus, and the browser saves no page instead', () => {
    open(true);
    change(32);
    const saved = vi.spyOn(app.documents, 'save').mockResolvedValue();
    const started = startSpy();
    for (const place of [screen.getByLabelText('A path'), document.body]) {
      for (const key of ['s', 'o', 'k']) expect(press(place, key), key).toBe(false);
      for (const key of ['z', 'y', 'Enter']) press(place, key);
    }
    expect([saved.mock.calls.length, rank(), started.mock.calls.length]).toEqual([0, 32, 0]);
    expect(app.view.getState().search).toBe(false);
    expect(app.documents.state.getState().question.kind).toBe('none');
  });

  test('draws no picture on the Try it page while a dialog is open', () => {
    app.view.getState().go('tryIt');
    const draw = vi.spyOn(app.drawing.getState(), 'draw').mockResolvedValue();
    open(true);
    press(document.body, 'Enter');
    press(screen.getByLabelText('A path'), 'Enter');
    expect(draw).not.toHaveBeenCalled();
    cleanup();
    open();
    press(screen.getByLabelText('A caption'), 'Enter');
    expect(draw).toHaveBeenCalledOnce();
  });

  test('that is held down means once, and with Alt writes a letter', () => {
    open();
    const saved = vi.spyOn(app.documents, 'save').mockResolvedValue();
    const button = screen.getByText('A button');
    press(button, 's');
    expect(press(button, 's', { repeat: true })).toBe(false);
    expect(press(button, 's', { altKey: true })).toBe(true);
    expect(saved).toHaveBeenCalledOnce();
  });
});

describe('a browser that is left', () => {
  /** Whether the browser goes without a question. */
  const leave = (): boolean => fireEvent(window, new Event('beforeunload', { cancelable: true }));

  test('asks nothing while all that was changed is kept', () => {
    open();
    change(32);
    expect(leave()).toBe(true);
  });

  test('asks when a file that others read would be the old one', async () => {
    await app.documents.openAt('/jobs/cat.toml');
    open();
    expect(leave()).toBe(true);
    change(32);
    expect(leave()).toBe(false);
  });

  test('asks when sample prompts were changed and not saved', async () => {
    app.job.getState().apply({ set: { sample_prompts: '/jobs/prompts.txt' }, unset: [] });
    open();
    await waitFor(() => expect(app.prompts.getState().open.kind).toBe('known'));
    expect(leave()).toBe(true);
    app.prompts.getState().setText('a bird');
    expect(leave()).toBe(false);
  });
});
