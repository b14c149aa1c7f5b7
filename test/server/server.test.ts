import { request } from 'node:http';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { connect } from '../../trainer/api/rpc/index.ts';
import { UserError } from '../../trainer/base/errors.ts';
import { openServer } from '../../trainer/server/server.ts';
import { openWindow, TOKEN, type OpenWindow } from './open-window.ts';

const WITH = { authorization: `Bearer ${TOKEN}` };

/** A request as it is written: `fetch` would tidy the path up and keep some headers to itself. */
function raw(
  { server }: OpenWindow,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port: server.port, path, headers, method }, (response) => {
      let text = '';
      response.on('data', (data: Buffer) => (text += data.toString()));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

test('the printed address shows the window, and its cookie opens what belongs to it', async () => {
  await using window = await openWindow();
  const page = await fetch(window.server.url);
  expect(page.status).toBe(200);
  expect(await page.text()).toContain('<title>window</title>');
  const cookie = page.headers.get('set-cookie') ?? '';
  expect(cookie).toMatch(/HttpOnly; SameSite=Strict; Path=\//);
  const script = await fetch(window.at('/assets/main.js'), { headers: { cookie: cookie.split(';')[0] ?? '' } });
  expect(script.status).toBe(200);
  expect(script.headers.get('content-type')).toContain('text/javascript');
});

test('every reply forbids foreign scripts, frames and guesses about types', async () => {
  await using window = await openWindow();
  for (const path of ['/', '/nothing', '/media?path=x']) {
    const { headers } = await fetch(window.at(path), { headers: WITH });
    expect(headers.get('content-security-policy'), path).toContain("script-src 'self'; ");
    expect(headers.get('content-security-policy'), path).toContain("frame-ancestors 'none'");
    expect(headers.get('x-content-type-options'), path).toBe('nosniff');
  }
});

test('without the token, or with a wrong one, nothing is told', async () => {
  await using window = await openWindow();
  for (const path of ['/', '/assets/main.js', '/media?path=/etc/passwd', '/upload', '/?token=', '/?token=wrong']) {
    const { status, text } = await raw(window, path);
    expect(status, path).toBe(401);
    expect(text, path).toContain('it carries a token');
  }
  const wrong = { authorization: 'Bearer wrong', cookie: 'lora_loom_token=wrong' };
  expect((await raw(window, '/', wrong)).status).toBe(401);
});

test('a page of another address is refused, even with the token', async () => {
  await using window = await openWindow();
  for (const origin of ['https://evil.example', 'null', 'http://127.0.0.1:1', 'file://']) {
    expect((await raw(window, '/', { ...WITH, origin })).status, origin).toBe(403);
  }
  const own = `http://127.0.0.1:${window.server.port}`;
  expect((await raw(window, '/', { ...WITH, origin: own })).status).toBe(200);
  expect((await raw(window, '/', { ...WITH, 'sec-fetch-site': 'cross-site' })).status).toBe(403);
});

test('a foreign name that leads to this computer is refused', async () => {
  await using window = await openWindow();
  const host = `evil.example:${window.server.port}`;
  expect((await raw(window, '/', { ...WITH, host, origin: `http://${host}` })).status).toBe(403);
});

test('no path leads out of the folder of the window', async () => {
  await using window = await openWindow();
  const paths = [
    '/../secret.html',
    '/assets/../../secret.html',
    '/..%2fsecret.html',
    '/%2e%2e/secret.html',
    '/assets/..%5c..%5csecret.html',
    '//etc/passwd',
    '/%00',
    '/%',
    '/link.html',
    '/.env',
    '/assets',
  ];
  for (const path of paths) {
    const { status, text } = await raw(window, path, WITH);
    expect([400, 403, 404], path).toContain(status);
    expect(text, path).not.toContain('secret');
  }
});

test('pictures come from where the service says, and a refusal is told in its words', async () => {
  await using window = await openWindow({
    'media.locate': ({ path, size }) => {
      if (path === '/no') {
        throw new UserError({
          code: 'media/not-allowed',
          what: 'The file is in no folder that was opened here',
          fix: 'Open it.',
        });
      }
      return { file: path, type: size === undefined ? 'image/png' : 'image/webp' };
    },
  });
  const picture = join(window.folder, 'a.png');
  await writeFile(picture, 'bytes');
  const found = await fetch(window.at(`/media?path=${encodeURIComponent(picture)}&size=64`), { headers: WITH });
  expect([found.status, found.headers.get('content-type'), await found.text()]).toEqual([200, 'image/webp', 'bytes']);
  const refused = await fetch(window.at('/media?path=/no'), { headers: WITH });
  expect(refused.status).toBe(403);
  expect(await refused.json()).toMatchObject({ error: { code: 'media/not-allowed' } });
  for (const size of ['0', '-1', '1e9', 'x', '64.5']) {
    expect((await fetch(window.at(`/media?path=/x&size=${size}`), { headers: WITH })).status, size).toBe(400);
  }
});

test('a mistake of ours is told without its details', async () => {
  await using window = await openWindow({
    'media.locate': () => {
      throw new Error('inner secret');
    },
  });
  const { status, text } = await raw(window, '/media?path=/x', WITH);
  expect(status).toBe(500);
  expect(text).not.toContain('secret');
  expect(window.mistakes).toHaveLength(1);
});

const socket = (window: OpenWindow, path: string, headers: Record<string, string> = {}): WebSocket =>
  new WebSocket(`ws://127.0.0.1:${window.server.port}${path}`, { headers });

const opened = (one: WebSocket): Promise<string> =>
  new Promise((resolve) => {
    one.once('open', () => resolve('open'));
    one.once('unexpected-response', (_request, response) => resolve(String(response.statusCode)));
    one.once('error', () => undefined);
  });

const closed = (one: WebSocket): Promise<readonly [number, string]> =>
  new Promise((resolve) => one.once('close', (code, reason) => resolve([code, reason.toString()])));

test('a socket needs the token, the path and an origin of this address', async () => {
  await using window = await openWindow();
  const own = `http://127.0.0.1:${window.server.port}`;
  for (const path of ['/socket', '/socket?token=wrong']) {
    const refused = socket(window, path);
    refused.on('message', () => expect.fail('nothing is told'));
    refused.on('error', () => undefined);
    // Far too much, which the server must survive.
    refused.once('open', () => refused.send('x'.repeat(17 * 2 ** 20)));
    // 1008: against the policy; a page hears it, and nothing of a status.
    expect(await closed(refused), path).toEqual([1008, 'The token is missing or wrong.']);
  }
  expect(await opened(socket(window, `/other?token=${TOKEN}`))).toBe('403');
  expect(await opened(socket(window, `/socket?token=${TOKEN}`, { origin: 'https://evil.example' }))).toBe('403');
  expect(await opened(socket(window, `/socket?token=${TOKEN}`, { origin: own }))).toBe('open');
});

test('calls go over the socket; one that sends far too much is closed', async () => {
  await using window = await openWindow({
    'captions.count': ({ texts }) => ({ counts: texts.map(() => ({ tokens: 7 })) }),
  });
  const line = socket(window, `/socket?token=${TOKEN}`);
  expect(await opened(line)).toBe('open');
  const client = connect({
    send: (text) => line.send(text),
    onMessage: (listener) => line.on('message', (data: Buffer) => listener(data.toString())),
    onClose: (listener) => line.once('close', listener),
  });
  expect(await client.call('captions.count', { texts: ['a'], limit: 75 })).toEqual({ counts: [{ tokens: 7 }] });
  const gone = new Promise<number>((resolve) => line.once('close', resolve));
  line.send('x'.repeat(17 * 2 ** 20));
  // 1009: a message too big to process (RFC 6455, 7.4.1).
  expect(await gone).toBe(1009);
  await expect(client.call('run.current', {})).rejects.toMatchObject({ report: { code: 'rpc/closed' } });
});

const put = (window: OpenWindow, folder: string, name: string, body: string, below = ''): Promise<Response> =>
  fetch(window.at(`/upload?${new URLSearchParams({ folder, below, name }).toString()}`), {
    method: 'PUT',
    headers: WITH,
    body,
  });

test('pictures and captions are taken into a folder that is open, and nothing is written over', async () => {
  await using window = await openWindow();
  const dataset = join(window.folder, 'dataset');
  await mkdir(dataset);
  expect((await put(window, dataset, 'a.png', 'x')).status).toBe(403);
  await window.allowed.allow(dataset);
  const taken = await put(window, dataset, 'a.png', 'first');
  expect(await taken.json()).toEqual({ path: join(dataset, 'a.png') });
  const again = await put(window, dataset, 'a.png', 'second');
  expect(await again.json()).toMatchObject({ error: { code: 'upload/taken' } });
  expect(await readFile(join(dataset, 'a.png'), 'utf8')).toBe('first');
  expect(await readdir(dataset)).toEqual(['a.png']);
});

test('upload/name: what is no plain name of a picture or caption is not taken', async () => {
  await using window = await openWindow();
  await window.allowed.allow(window.folder);
  for (const name of [
    '',
    '../a.png',
    'a/b.png',
    '.png',
    'a.exe',
    'a.html',
    'a\\b.png',
    'a\0.png',
    'a'.repeat(300) + '.png',
    'nul.png',
    '.txt',
    'a.png.',
  ]) {
    const reply = await put(window, window.folder, name, 'x');
    expect(reply.status, name).toBe(400);
    expect(await reply.json(), name).toMatchObject({ error: { code: 'upload/name' } });
  }
});

test('folders below the dataset are made as they are named, and every caption extension of the trainer is taken', async () => {
  await using window = await openWindow();
  await window.allowed.allow(window.folder);
  for (const name of ['a.png', 'a.caption', 'b.cap', 'c.txt']) {
    expect((await put(window, window.folder, name, 'x', 'img/10_sks cat')).status, name).toBe(200);
  }
  const inside = join(window.folder, 'img/10_sks cat');
  expect((await readdir(inside)).sort()).toEqual(['a.caption', 'a.png', 'b.cap', 'c.txt']);
});

test('upload/name: no folder leads out of the dataset, or lies deeper in it than Kohya’s do', async () => {
  await using window = await openWindow();
  const dataset = join(window.folder, 'dataset');
  await mkdir(dataset);
  await window.allowed.allow(dataset);
  for (const below of ['..', 'img/..', '/etc', 'img//a', 'a/b/c', 'C:', 'img\\..', 'a\0', '.git', 'img/', 'con']) {
    const reply = await put(window, dataset, 'a.png', 'x', below);
    expect(reply.status, below).toBe(400);
    expect(await reply.json(), below).toMatchObject({ error: { code: 'upload/name' } });
  }
  expect(await readdir(dataset)).toEqual([]);
});

test('a link that lies in the dataset leads no file out of it', async () => {
  await using window = await openWindow();
  const dataset = join(window.folder, 'dataset');
  const outside = join(window.folder, 'outside');
  for (const folder of [dataset, outside]) await mkdir(folder);
  await symlink(outside, join(dataset, 'img'));
  await window.allowed.allow(dataset);
  expect((await put(window, dataset, 'a.png', 'x', 'img')).status).toBe(403);
  expect((await put(window, dataset, 'a.png', 'x', 'img/10_cat')).status).toBe(403);
  expect(await readdir(outside)).toEqual([]);
});

test('upload/taken: names that differ in capitals or the spelling of an accent alone are refused, files and folders', async () => {
  await using window = await openWindow();
  await window.allowed.allow(window.folder);
  await put(window, window.folder, 'caf\u00e9.png', 'first', '10_cat');
  for (const [name, below] of [
    ['CAF\u00c9.PNG', '10_cat'],
    ['cafe\u0301.png', '10_cat'],
    ['other.png', '10_CAT'],
  ] as const) {
    const reply = await put(window, window.folder, name, 'second', below);
    const { error } = (await reply.json()) as { readonly error: { readonly code: string; readonly what: string } };
    expect(error.code, name).toBe('upload/taken');
    expect(error.what).toMatch(
      /^A file of the name .*, or one that differs in capital letters alone, is there already$/,
    );
  }
  expect(await readdir(join(window.folder, '10_cat'))).toEqual(['caf\u00e9.png']);
});

test('upload/too-large: a file that says it is too large is refused before it is read', async () => {
  await using window = await openWindow();
  await window.allowed.allow(window.folder);
  const path = `/upload?folder=${encodeURIComponent(window.folder)}&name=a.png`;
  const line = createConnection({ host: '127.0.0.1', port: window.server.port });
  const head = [`PUT ${path} HTTP/1.1`, 'Host: 127.0.0.1', `Authorization: ${WITH.authorization}`];
  line.write([...head, `Content-Length: ${2 ** 30}`, '', ''].join('\r\n'));
  const reply = await new Promise<string>((resolve) => line.once('data', (data: Buffer) => resolve(data.toString())));
  line.destroy();
  expect(reply).toMatch(/^HTTP\/1.1 400 /);
  expect(reply).toContain('"code":"upload/too-large"');
  expect(await readdir(window.folder)).not.toContain('a.png');
});

test('server/port-taken: a port that is taken is told with what to do', async () => {
  await using window = await openWindow();
  const second = openServer({
    host: '127.0.0.1',
    port: window.server.port,
    token: TOKEN,
    windowFolder: window.folder,
    service: { handlers: {} as never, onEvent: () => () => undefined },
    requireAllowed: (path) => Promise.resolve(path),
    onMistake: () => undefined,
  });
  await expect(second).rejects.toMatchObject({
    report: { code: 'server/port-taken', fix: expect.stringContaining('--port 0') as string },
  });
});
