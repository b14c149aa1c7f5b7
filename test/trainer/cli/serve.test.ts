import { expect, test } from 'vitest';
import { UserError } from '../../../trainer/base/errors.ts';
import { runCommandLine } from '../../../trainer/cli/program.ts';
import { requireWindow } from '../../../trainer/cli/serve.ts';
import { fakeTerminal } from './fake-terminal.ts';

test('server/public-host: an address that others can reach needs a token of the user', async () => {
  for (const host of ['0.0.0.0', '::', '192.168.0.2', 'my.example']) {
    const terminal = fakeTerminal();
    expect(await runCommandLine(['serve', '--host', host], terminal), host).toBe(1);
    expect(terminal.written.error, host).toContain(`At ${host} others on the network could reach this computer`);
  }
});

test('a token that is easily guessed is refused', async () => {
  const terminal = fakeTerminal();
  expect(await runCommandLine(['serve', '--token', 'short'], terminal)).toBe(2);
  expect(terminal.written.error).toContain('12 or more');
});

test('server/no-window: a copy without the built window says what to do', () => {
  expect(() => requireWindow(undefined)).toThrow(UserError);
  expect(() => requireWindow(undefined)).toThrow('Run "npm run build" first');
});
