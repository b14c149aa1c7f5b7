/**
 * `key=value` arguments whose values are Python literals: numbers, tuples, True and False.
 */
import { UserError } from '../base/errors.ts';
import { nearestNames } from '../base/nearest-name.ts';

/** What a key takes. `false`: known, but only its default False is offered. `ignored`: has no effect here. */
export type Argument =
  | { readonly kind: 'number'; readonly minimum: number }
  | { readonly kind: 'pair'; readonly minimum: number; readonly below: number }
  | { readonly kind: 'flag' | 'false' | 'ignored' };

/** Values by key; `otherwise` where the key was not given. */
export interface Arguments {
  number(key: string, otherwise: number): number;
  pair(key: string, otherwise: readonly [number, number]): readonly [number, number];
  flag(key: string, otherwise: boolean): boolean;
}

export type ArgumentValue = number | boolean | readonly [number, number] | undefined;

/** @throws {UserError} optimizer/unknown-argument, optimizer/argument */
export function parseArgument(
  text: string,
  optimizer: string,
  known: Readonly<Record<string, Argument>>,
): readonly [key: string, value: ArgumentValue] {
  const equals = text.indexOf('=');
  const key = (equals < 0 ? text : text.slice(0, equals)).trim();
  const argument = Object.hasOwn(known, key) ? known[key] : undefined;
  if (equals < 0) throw wrongValue(text, 'must have the form key=value', 'Write for example "weight_decay=0.1".');
  if (argument === undefined) throw unknownKey(key, optimizer, Object.keys(known));
  return [key, parseValue(text, text.slice(equals + 1).trim(), argument)];
}

function parseValue(text: string, literal: string, argument: Argument): ArgumentValue {
  switch (argument.kind) {
    case 'ignored':
      return undefined;
    case 'flag':
      if (literal === 'True') return true;
      if (literal === 'False') return false;
      throw wrongValue(text, 'must be True or False', 'Write it as Python does, with a capital letter.');
    case 'false':
      if (literal === 'False') return undefined;
      throw wrongValue(text, 'is not offered here, only False is', 'Leave this argument out.');
    case 'number': {
      const value = parseNumber(literal);
      if (value !== undefined && value >= argument.minimum) return value;
      throw wrongValue(
        text,
        `must be a number of at least ${argument.minimum}`,
        'Write for example "weight_decay=0.1".',
      );
    }
    case 'pair': {
      const parts = unwrap(literal).split(',').map(parseNumber);
      const [first, second] = parts;
      const fits = (value: number | undefined): value is number =>
        value !== undefined && value >= argument.minimum && value < argument.below;
      if (parts.length === 2 && fits(first) && fits(second)) return [first, second];
      const range = `two numbers from ${argument.minimum} to below ${argument.below}`;
      throw wrongValue(text, `must be ${range}`, 'Write for example "betas=0.9,0.99".');
    }
  }
}

/** `(1, 2)`, `[1, 2]` and `1, 2` are the same. */
const unwrap = (literal: string): string => literal.replace(/^[([]\s*(.*?),?\s*[)\]]$/, '$1');

function parseNumber(literal: string): number | undefined {
  return /^\s*[+-]?(\d[\d_]*\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(literal)
    ? Number(literal.replaceAll('_', ''))
    : undefined;
}

function unknownKey(key: string, optimizer: string, known: readonly string[]): UserError {
  const [nearest] = nearestNames(key, known);
  return new UserError({
    code: 'optimizer/unknown-argument',
    what: `${optimizer} has no argument "${key}"; it takes ${known.join(', ')}`,
    where: 'optimizer_args',
    fix: nearest === undefined ? 'Leave it out.' : `Leave it out, or write "${nearest}" if that was meant.`,
    details: { found: key, known },
  });
}

const wrongValue = (text: string, what: string, fix: string): UserError =>
  new UserError({ code: 'optimizer/argument', what: `"${text}" ${what}`, where: 'optimizer_args', fix });
