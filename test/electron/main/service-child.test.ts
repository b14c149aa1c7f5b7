import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { launcher, serviceCommand, serviceEnvironment } from '../../../electron/main/service-child.ts';

const PACKAGED = { packaged: true, resources: '/app/resources', root: '/app', platform: 'linux', environment: {} };

test('the packaged app runs the service in the Node beside it', () => {
  expect(serviceCommand(PACKAGED)).toEqual([
    join('/app/resources/node/node'),
    join('/app/resources/trainer/dist/service.js'),
  ]);
  expect(serviceCommand({ ...PACKAGED, platform: 'win32' })[0]).toBe(join('/app/resources/node/node.exe'));
});

test('in development it is the Node that npm runs in; LORA_LOOM_NODE names another one', () => {
  const here = { ...PACKAGED, packaged: false, environment: { npm_node_execpath: '/bin/node20' } };
  expect(serviceCommand(here)).toEqual(['/bin/node20', join('/app/dist/service.js')]);
  expect(serviceCommand({ ...here, environment: {} })[0]).toBe('node');
  expect(serviceCommand({ ...here, environment: { LORA_LOOM_NODE: '/opt/node' } })[0]).toBe('/opt/node');
});

test('variables that would change what Node does stay behind', () => {
  const given = { PATH: '/bin', ELECTRON_RUN_AS_NODE: '1', NODE_OPTIONS: '--inspect', NODE_CHANNEL_FD: '3' };
  expect(serviceEnvironment(given)).toEqual({ PATH: '/bin' });
});

/** Starts a child and gives what it says until it ends. */
async function life(program: string, script: string) {
  const folder = mkdtempSync(join(tmpdir(), 'lora-loom-child-'));
  const file = join(folder, 'service.mjs');
  const log = join(folder, 'service.log');
  writeFileSync(file, script);
  const messages: unknown[] = [];
  const how = await new Promise<string>((resolve) => {
    const child = launcher([program, file], {}, log)({ message: (message) => messages.push(message), exit: resolve });
    child.send({ kind: 'end' });
  });
  await new Promise((resolve) => setTimeout(resolve, 200));
  const printed = readFileSync(log, 'utf8');
  rmSync(folder, { recursive: true });
  return { how, messages, printed };
}

test('a child is spoken to by ipc, its end is told, and what it prints is kept', async () => {
  const script = `process.once('message', (message) => {
    console.error('asked to end');
    process.send(message, () => process.exit(3));
  });`;
  expect(await life(process.execPath, script)).toEqual({
    how: 'exit code 3',
    messages: [{ kind: 'end' }],
    printed: 'asked to end\n',
  });
});

test('a program that is not there ends in words, not in a crash', async () => {
  const { how } = await life('/no/such/node', '');
  expect(how).toContain('ENOENT');
});
