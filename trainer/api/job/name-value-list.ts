/**
 * `network_args` and `optimizer_args`: settings within a setting, written as a list of "name=value" (sd-scripts), as one
 * text with spaces between (the GUI), or as a table.
 */
import * as z from 'zod';
import type { Knob, KnobGroup, ValuesOf } from './knob.ts';

type Knobs = Readonly<Record<string, Knob<unknown>>>;

interface ListSpec<K extends Knobs> {
  readonly group: KnobGroup;
  readonly label: string;
  readonly help: string;
  readonly inner: K;
  readonly example: string;
}

/** The schema here splits only; `parseJob` reads each value by its own knob, so that an error names it. */
export function nameValueList<const K extends Knobs>(spec: ListSpec<K>): Knob<ValuesOf<K>> {
  return {
    ...spec,
    kind: 'arguments',
    required: false,
    expects: 'a list of "name=value"',
    default: defaultsOf(spec.inner),
    schema: z.custom<ValuesOf<K>>((value) => typeof value === 'object' && value !== null),
  };
}

export function defaultsOf<K extends Knobs>(knobs: K): ValuesOf<K> {
  return Object.fromEntries(Object.entries(knobs).map(([name, knob]) => [name, knob.default])) as ValuesOf<K>;
}

/** Name and value pairs in order, values still as written; `undefined` if it has not the shape of a list. */
export function splitNameValues(value: unknown): readonly (readonly [string, unknown])[] | undefined {
  if (typeof value === 'string') return splitNameValues(value.split(/\s+/).filter((piece) => piece !== ''));
  if (!Array.isArray(value)) {
    return typeof value === 'object' && value !== null && isPlain(value) ? Object.entries(value) : undefined;
  }
  const pairs: (readonly [string, unknown])[] = [];
  for (const piece of value as readonly unknown[]) {
    const match = typeof piece === 'string' ? /^\s*([^=\s]+)\s*=([^]*)$/.exec(piece) : null;
    if (match?.[1] === undefined || match[2] === undefined) return undefined;
    pairs.push([match[1], literal(match[2].trim())]);
  }
  return pairs;
}

/** A number where the text is one; else the text without quotes around it. */
function literal(text: string): unknown {
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text);
  return text.replace(/^(["'])(.*)\1$/, '$2');
}

export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
