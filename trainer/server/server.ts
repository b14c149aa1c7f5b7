/**
 * The window over HTTP and the contract over WebSocket, for a browser. Every request needs the token.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { LONGEST_TO_SERVICE, serve, type Service } from '../api/rpc/index.ts';
import { UserError } from '../base/errors.ts';
import { COOKIE, isLoopback, judge, type Access } from './access.ts';
import { HEADERS, sendError, sendFile, sendJson, sendText } from './replies.ts';
import { receiveFile } from './upload.ts';
import { windowFile } from './window-files.ts';

export interface ServerOptions {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  readonly token: string;
  /** Of the built window. */
  readonly windowFolder: string;
  readonly service: Service;
  /** The folder itself where it may be written to. */
  readonly requireAllowed: (folder: string) => Promise<string>;
  readonly onMistake: (error: unknown) => void;
}

export interface OpenServer extends AsyncDisposable {
  /** With the token. */
  readonly url: string;
  readonly port: number;
}

/** @throws {UserError} server/port-taken */
export async function openServer(options: ServerOptions): Promise<OpenServer> {
  const access: Access = { token: options.token, loopback: isLoopback(options.host) };
  const server = createServer((request, response) => {
    answer(options, access, request, response).catch((error: unknown) => sendError(response, error, options.onMistake));
  });
  // Four bytes a character at most.
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: 4 * LONGEST_TO_SERVICE,
    perMessageDeflate: false,
  });
  server.on('upgrade', (request, socket, head) => upgrade(options, access, sockets, request, socket, head));
  const heartbeat = beat(sockets);
  await listen(server, options);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://${nameOf(options.host)}:${port}/?token=${encodeURIComponent(options.token)}`,
    [Symbol.asyncDispose]: async () => {
      clearInterval(heartbeat);
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A server for all addresses is asked for by one of them. */
const nameOf = (host: string): string =>
  host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;

function listen(server: ReturnType<typeof createServer>, { host, port }: ServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, host, port)));
    server.listen(port, host, () => resolve());
  });
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): UserError {
  const what =
    error.code === 'EADDRINUSE'
      ? `The port ${port} is taken by another program`
      : `The system does not let us listen at ${host}:${port} (${error.code ?? error.message})`;
  const fix = 'Choose another with --port, or --port 0 for any that is free. Another LoRA Loom may be running already.';
  return new UserError({ code: 'server/port-taken', what, fix }, { cause: error });
}

const urlOf = (request: IncomingMessage): URL | undefined => {
  try {
    return new URL(request.url ?? '/', 'http://localhost');
  } catch {
    return undefined;
  }
};

const REFUSALS = {
  'no-token': [401, 'Open the address that "lora-loom serve" printed: it carries a token that is needed here.'],
  'other-origin': [403, 'This page may not be used from another address.'],
} as const;

async function answer(
  options: ServerOptions,
  access: Access,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = urlOf(request);
  if (url === undefined) return sendText(response, 400, 'This is no address.');
  const verdict = judge(request, url, access);
  if (verdict !== 'allowed') return sendText(response, REFUSALS[verdict][0], REFUSALS[verdict][1]);
  if (url.pathname === '/upload') return upload(options, request, response, url);
  const { method } = request;
  if (method !== 'GET' && method !== 'HEAD') return sendText(response, 405, 'Only GET and HEAD are answered here.');
  const headOnly = method === 'HEAD';
  if (url.pathname === '/media') return media(options, response, url, headOnly);

  // As it was written: URL has resolved dots in it already.
  const found = await windowFile(options.windowFolder, url.pathname);
  if (found === undefined) return sendText(response, 404, 'There is nothing at this address.');
  const cookie = `${COOKIE}=${encodeURIComponent(access.token)}; HttpOnly; SameSite=Strict; Path=/`;
  const headers = found.lasting
    ? { 'cache-control': 'private, max-age=31536000, immutable' }
    : found.type.startsWith('text/html')
      ? { 'set-cookie': cookie }
      : {};
  await sendFile(response, { file: found.file, type: found.type, headers, headOnly });
}

async function media({ service }: ServerOptions, response: ServerResponse, url: URL, headOnly: boolean): Promise<void> {
  const path = url.searchParams.get('path') ?? '';
  const size = url.searchParams.get('size');
  const side = size === null ? undefined : Number(size);
  if (path === '' || (side !== undefined && !(Number.isInteger(side) && side >= 16 && side <= 2048))) {
    return sendText(response, 400, 'A picture needs its path, and a size from 16 to 2048.');
  }
  const { signal } = new AbortController();
  const input = side === undefined ? { path } : { path, size: side };
  const { file, type } = await service.handlers['media.locate'](input, { signal });
  const headers = { 'cache-control': 'private, max-age=60' };
  await sendFile(response, { file, type, headers, headOnly });
}

async function upload(
  { requireAllowed }: ServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  if (request.method !== 'PUT') return sendText(response, 405, 'Files are sent with PUT.');
  const asked = (name: string): string => url.searchParams.get(name) ?? '';
  const place = { folder: await requireAllowed(asked('folder')), below: asked('below'), name: asked('name') };
  sendJson(response, 200, { path: await receiveFile(request, place, requireAllowed) });
}

/** RFC 6455, 7.4.1. */
const POLICY = 1008;

function upgrade(
  { service, onMistake }: ServerOptions,
  access: Access,
  sockets: WebSocketServer,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): void {
  const url = urlOf(request);
  // Browsers always say where a socket comes from; programs need not.
  const verdict = url?.pathname === '/socket' ? judge(request, url, access) : 'other-origin';
  if (verdict === 'no-token') {
    // A browser tells its page nothing of a socket that was refused, but all of one that was closed.
    sockets.handleUpgrade(request, socket, head, refuse);
    return;
  }
  if (verdict !== 'allowed') {
    const [status, text] = REFUSALS[verdict];
    const headers = Object.entries(HEADERS).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.end(`HTTP/1.1 ${status} Refused\r\n${headers.join('')}connection: close\r\n\r\n${text}\n`);
    return;
  }
  sockets.handleUpgrade(request, socket, head, (open) => converse(open, service, onMistake));
}

function refuse(socket: WebSocket): void {
  socket.on('error', () => undefined);
  socket.close(POLICY, 'The token is missing or wrong.');
}

function converse(socket: WebSocket, service: Service, onMistake: (error: unknown) => void): void {
  // A socket that breaks closes too, and that is all there is to know.
  socket.on('error', () => undefined);
  serve(
    {
      send: (text) => {
        if (socket.readyState === socket.OPEN) socket.send(text);
      },
      onMessage: (listener) => socket.on('message', (data, isBinary) => listener(isBinary ? '' : textOf(data))),
      onClose: (listener) => socket.once('close', listener),
    },
    service,
    onMistake,
  );
}

const textOf = (data: Buffer | ArrayBuffer | Buffer[]): string =>
  (Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as ArrayBuffer)).toString('utf8');

/** Milliseconds between two questions whether a browser is still there: proxies close what is silent. */
const HEARTBEAT = 25_000;

function beat(sockets: WebSocketServer): NodeJS.Timeout {
  const timer = setInterval(() => {
    for (const socket of sockets.clients) socket.ping();
  }, HEARTBEAT);
  timer.unref();
  return timer;
}
