/**
 * Where the window runs: in the desktop app, or in a browser beside `lora-loom serve`, whose address carries the token.
 */
import type { Shell } from './shell.ts';
import { shellOf, type LoomBridge } from './shell.ts';
import type { Transport } from './connection.ts';
import { bridgeTransport, socketTransport } from './transports.ts';

declare global {
  /** Made by the preload script of the desktop app. */
  var loom: LoomBridge | undefined;
}

interface Found {
  readonly transport: Transport;
  readonly shell?: Shell;
  readonly pictureUrl: (path: string, size?: number) => string;
}

export function surroundingsOf(location: Pick<Location, 'href'>, bridge: LoomBridge | undefined): Found {
  if (bridge !== undefined) {
    return {
      transport: bridgeTransport(bridge),
      shell: shellOf(bridge),
      pictureUrl: (path, size) => `media://local/?${query({ path, size })}`,
    };
  }
  const page = new URL(location.href);
  const token = page.searchParams.get('token') ?? undefined;
  const socket = new URL(`socket?${query({ token })}`, page);
  socket.protocol = page.protocol === 'https:' ? 'wss:' : 'ws:';
  return {
    transport: socketTransport(socket.href),
    pictureUrl: (path, size) => new URL(`media?${query({ path, size, token })}`, page).href,
  };
}

function query(values: Readonly<Record<string, string | number | undefined>>): string {
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  return given.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join('&');
}
