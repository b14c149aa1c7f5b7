import { MantineProvider } from '@mantine/core';
import { cleanup, fireEvent, render, screen, within } from '@testing-library/react';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { SettingsPage } from '../../../renderer/pages/settings-page.tsx';
import { createConnection } from '../../../renderer/service/connection.ts';
import { shellOf, type Shell } from '../../../renderer/service/shell.ts';
import { AppContext, createApp } from '../../../renderer/state/app.ts';
import { theme } from '../../../renderer/styles/theme.ts';
import { fakeService } from '../fake-service.ts';
import { fillJsdomGaps } from '../jsdom-gaps.ts';

beforeAll(fillJsdomGaps);
afterEach(cleanup);

/** A desktop app where somebody chose "Stop and save" and "Always do this" once. */
function desktop(): { readonly shell: Shell; readonly called: unknown[][] } {
  const called: unknown[][] = [];
  let choice: unknown = 'stop';
  const listens = (): (() => void) => () => undefined;
  const shell = shellOf({
    platform: 'linux',
    port: { send: () => undefined, onMessage: listens, onOpen: listens, onClose: listens },
    pathOf: () => '',
    shell: {
      call: async (name, input) => {
        if (name === 'closingChoice') return { choice };
        called.push([name, input]);
        if (name === 'setClosingChoice') ({ choice } = input as { readonly choice: unknown });
        return {};
      },
    },
  });
  return { shell, called };
}

const showPage = (shell?: Shell): void => {
  const app = createApp({ connection: createConnection(fakeService().transport), pictureUrl: (path) => path, shell });
  render(
    <AppContext value={app}>
      <MantineProvider theme={theme} env="test">
        <SettingsPage />
      </MantineProvider>
    </AppContext>,
  );
};

const QUESTION = 'Closing the window while it trains';

test('what closing the window does to a run is seen, and can be asked again after "Always do this"', async () => {
  const { shell, called } = desktop();
  showPage(shell);
  const choices = within(await screen.findByRole('radiogroup', { name: QUESTION }));
  expect(choices.getByRole('radio', { name: 'Stop and save' })).toHaveProperty('checked', true);
  fireEvent.click(choices.getByRole('radio', { name: 'Ask' }));
  await vi.waitFor(() => expect(choices.getByRole('radio', { name: 'Ask' })).toHaveProperty('checked', true));
  expect(called).toContainEqual(['setClosingChoice', { choice: 'ask' }]);
});

test('a choice that the desktop does not keep stays as it was, and the page says why', async () => {
  const { shell } = desktop();
  showPage({ ...shell, setClosingChoice: () => Promise.reject(new Error('The disk is full.')) });
  const choices = within(await screen.findByRole('radiogroup', { name: QUESTION }));
  fireEvent.click(choices.getByRole('radio', { name: 'Keep training' }));
  expect((await screen.findByRole('alert')).textContent).toBe('The disk is full.');
  expect(choices.getByRole('radio', { name: 'Stop and save' })).toHaveProperty('checked', true);
});

test('a browser, which keeps no run, has no such setting', async () => {
  showPage();
  expect(await screen.findByText('Version')).toBeTruthy();
  expect(screen.queryByText(QUESTION)).toBeNull();
});
