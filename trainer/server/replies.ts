/**
 * Replies: files and sentences, all under the same rules for what a page may do.
 */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { UserError, type ErrorReport } from '../base/errors.ts';

const POLICY = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

export interface FileReply {
  readonly file: string;
  readonly type: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The length alone. */
  readonly headOnly: boolean;
}

export async function sendFile(response: ServerResponse, { file, type, headers, headOnly }: FileReply): Promise<void> {
  const { size } = await stat(file);
  response.writeHead(200, { ...HEADERS, 'content-type': type, 'content-length': size, ...headers });
  if (headOnly) {
    response.end();
    return;
  }
  await pipeline(createReadStream(file), response);
}

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const text = JSON.stringify(value);
  const type = { 'content-type': 'application/json; charset=utf-8' };
  response.writeHead(status, { ...HEADERS, ...type }).end(text);
}

export function sendText(response: ServerResponse, status: number, text: string): void {
  const type = { 'content-type': 'text/plain; charset=utf-8' };
  response.writeHead(status, { ...HEADERS, ...type }).end(`${text}\n`);
}

export const statusOf = ({ code }: ErrorReport): number =>
  code === 'media/not-allowed' ? 403 : code === 'file/missing' ? 404 : 400;

/** A `UserError` in its words; anything else is a mistake of ours. */
export function sendError(response: ServerResponse, error: unknown, onMistake: (error: unknown) => void): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  if (error instanceof UserError) return sendJson(response, statusOf(error.report), { error: error.report });
  onMistake(error);
  sendText(response, 500, 'LoRA Loom made a mistake; its terminal says more.');
}
