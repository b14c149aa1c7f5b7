/**
 * What all pages of the app may reach: our two schemes, and nothing of the network, the camera or the like.
 */
import { protocol, session } from 'electron';
import { PAGE_SCHEME, servePage } from './pages.ts';
import { PICTURE_SCHEME, servePicture } from './pictures.ts';
import type { TrainerWatch } from './trainer-watch.ts';

/** Before the app is ready. */
export function announceSchemes(): void {
  const privileges = { standard: true, secure: true, supportFetchAPI: true };
  protocol.registerSchemesAsPrivileged([
    { scheme: PAGE_SCHEME, privileges },
    { scheme: PICTURE_SCHEME, privileges: { ...privileges, corsEnabled: true } },
  ]);
}

/** To copy text, and no other wish of a page. */
const ALLOWED_PERMISSION = 'clipboard-sanitized-write';

export interface SessionOptions {
  /** The folder of the built pages. */
  readonly pages: string;
  /** Scheme and host of our pages. */
  readonly origin: string;
  readonly locate: TrainerWatch['locate'];
}

export function guardSession({ pages, origin, locate }: SessionOptions): void {
  const guarded = session.defaultSession;
  guarded.protocol.handle(PAGE_SCHEME, (request) => servePage(pages, request));
  guarded.protocol.handle(PICTURE_SCHEME, (request) => servePicture({ locate, origin }, request));
  guarded.setPermissionRequestHandler((_page, permission, answer) => answer(permission === ALLOWED_PERMISSION));
  guarded.setPermissionCheckHandler((_page, permission) => permission === ALLOWED_PERMISSION);
  guarded.setDevicePermissionHandler(() => false);
  guarded.on('will-download', (event, item) => {
    if (!item.getURL().startsWith(`blob:${origin}`)) event.preventDefault();
  });
  // In development the pages come from a server of this machine.
  if (!origin.startsWith(`${PAGE_SCHEME}:`)) return;
  const elsewhere = ['http://*/*', 'https://*/*', 'ws://*/*', 'wss://*/*', 'ftp://*/*', 'file://*'];
  guarded.webRequest.onBeforeRequest({ urls: elsewhere }, (_request, answer) => answer({ cancel: true }));
}
