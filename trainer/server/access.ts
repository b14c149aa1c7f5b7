/**
 * Who may ask: whoever knows the token, from a page of this very address.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

export const newToken = (): string => randomBytes(24).toString('base64url');

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i;

/** Reached from this computer alone. */
export const isLoopback = (host: string): boolean => LOOPBACK.test(host);

export interface Access {
  readonly token: string;
  /** The server listens to this computer alone: then it is asked by one of its names. */
  readonly loopback: boolean;
}

export type Verdict = 'allowed' | 'no-token' | 'other-origin';

export const COOKIE = 'lora_loom_token';

/** Pages of other addresses may send requests here, but a browser then says where they come from. */
export function judge(request: IncomingMessage, url: URL, { token, loopback }: Access): Verdict {
  const { host = '', origin } = request.headers;
  if (loopback && !isLoopback(host.replace(/:\d+$/, ''))) return 'other-origin';
  if (origin !== undefined && hostOf(origin) !== host.toLowerCase()) return 'other-origin';
  if (request.headers['sec-fetch-site'] === 'cross-site' && !isTopLevel(request)) return 'other-origin';
  const given = [url.searchParams.get('token'), bearerOf(request), cookieOf(request)];
  return given.some((one) => one !== undefined && one !== null && isSame(one, token)) ? 'allowed' : 'no-token';
}

/** Somebody followed a link to the page. */
const isTopLevel = ({ headers }: IncomingMessage): boolean =>
  headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';

function hostOf(origin: string): string | undefined {
  try {
    return new URL(origin).host.toLowerCase();
  } catch {
    return undefined;
  }
}

const bearerOf = ({ headers }: IncomingMessage): string | undefined =>
  /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];

function cookieOf({ headers }: IncomingMessage): string | undefined {
  const cookies = (headers.cookie ?? '').split(';').map((one) => one.trim());
  return cookies.find((one) => one.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1);
}

/** In a time that tells nothing about where they differ. */
function isSame(given: string, token: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(given), hash(token));
}
