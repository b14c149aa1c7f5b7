/**
 * The text of a safetensors header: bytes to plain values, with the two things `JSON.parse` lets through caught: broken
 * UTF-8 and a key given twice.
 */

import { excerpt } from '../../base/excerpt.ts';

/** Why the text is no header, as the end of a sentence: "its header <reason>". */
export class HeaderTextError extends Error {}

export type JsonObject = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A tensor's shape is the third level. */
const MAX_DEPTH = 16;

/** @throws {HeaderTextError} */
export function parseHeaderText(bytes: Uint8Array): JsonObject {
  const text = decode(bytes);
  const value = parse(text);
  if (!isObject(value)) throw new HeaderTextError('is not a JSON object');
  const twice = duplicateKey(text);
  if (twice !== undefined) throw new HeaderTextError(`names "${excerpt(twice)}" twice`);
  return value;
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new HeaderTextError('is not valid UTF-8 text');
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new HeaderTextError('is not valid JSON');
  }
}

/** The first key that an object of `text` has twice; `text` is known to be JSON. Keys are compared as they are meant. */
function duplicateKey(text: string): string | undefined {
  // One set of keys per open object, `undefined` per open array.
  const open: (Set<string> | undefined)[] = [];
  let position = 0;
  while (position < text.length) {
    const character = text[position];
    if (open.length > MAX_DEPTH) throw new HeaderTextError('is nested too deeply');
    if (character === '{') open.push(new Set());
    else if (character === '[') open.push(undefined);
    else if (character === '}' || character === ']') open.pop();
    if (character !== '"') {
      position++;
      continue;
    }
    const end = endOfString(text, position);
    if (isFollowedByColon(text, end)) {
      const raw = text.slice(position, end);
      const key = raw.includes('\\') ? (JSON.parse(raw) as string) : raw.slice(1, -1);
      const keys = open.at(-1);
      if (keys?.has(key)) return key;
      keys?.add(key);
    }
    position = end;
  }
  return undefined;
}

/** The position after the closing quote of the string that opens at `start`. */
function endOfString(text: string, start: number): number {
  let position = start + 1;
  for (;;) {
    const quote = text.indexOf('"', position);
    let backslashes = 0;
    while (text[quote - 1 - backslashes] === '\\') backslashes++;
    position = quote + 1;
    if (backslashes % 2 === 0) return position;
  }
}

function isFollowedByColon(text: string, position: number): boolean {
  while (/\s/.test(text[position] ?? '')) position++;
  return text[position] === ':';
}
