/**
 * Where the window runs: in the desktop app, or in a browser beside `lora-loom serve`, whose address carries the token.
 */
import * as z from 'zod';
import { errorReport } from '../../trainer/api/rpc/shapes.ts';
import { UserError } from '../../trainer/base/errors.ts';
import { connectionText } from '../text/connection.ts';
import { shellOf, type LoomBridge, type Shell } from './shell.ts';
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
  readonly upload?: Upload;
}

/** `below` names folders inside the folder, with "/"; they are made where they are missing. */
export type Upload = (into: { readonly folder: string; readonly below: string }, file: File) => Promise<void>;

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
    upload: ({ folder, below }, file) =>
      put(new URL(`upload?${query({ folder, below, name: file.name, token })}`, page), file),
  };
}

/** @throws {UserError} with what the server says */
async function put(address: URL, file: File): Promise<void> {
  const answer = await fetch(address, { method: 'PUT', body: file });
  if (answer.ok) return;
  const said = refused.safeParse(await answer.json().catch(() => undefined));
  const unknown = { code: 'rpc/internal', ...connectionText.notSent(file.name) } as const;
  throw new UserError(said.success ? said.data.error : unknown);
}

const refused = z.object({ error: errorReport });

function query(values: Readonly<Record<string, string | number | undefined>>): string {
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  return given.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join('&');
}
