/**
 * One error for all that is wrong with a checkpoint's weights.
 */
import { UserError } from '../../base/errors.ts';
import { excerpt } from '../../base/excerpt.ts';
import type { Kind } from '../kind.ts';
import type { Match, WrongShape } from './match.ts';

export interface Findings {
  readonly path: string;
  /** "SD 1.x checkpoint". */
  readonly wanted: string;
  readonly matches: readonly Match[];
  readonly extra: readonly string[];
  /** The nearest guess of what the file is. */
  readonly guess?: Kind;
}

const SHOWN = 3;

/** @throws {UserError} `checkpoint/weights` unless every weight was found and nothing is left over */
export function checkMatches(findings: Findings): void {
  const missing = findings.matches.flatMap((match) => match.missing);
  const wrongShapes = findings.matches.flatMap((match) => match.wrongShapes);
  const { path, wanted, guess } = findings;
  const extra = findings.extra.map((name) => excerpt(name));
  if (missing.length + wrongShapes.length + extra.length === 0) return;
  const parts = [
    list(missing.length, 'missing', missing),
    list(wrongShapes.length, 'of the wrong shape', wrongShapes.slice(0, SHOWN).map(describeShape)),
    list(extra.length, 'too many', extra),
  ].filter((part) => part !== undefined);
  throw new UserError({
    code: 'checkpoint/weights',
    what: `The weights do not make a whole ${wanted}: ${parts.join('; ')}`,
    where: path,
    fix: guess ? `It looks like ${guess.title}. ${guess.advice}` : 'Get the complete file, or another version of it.',
    details: {
      missing: missing.slice(0, SHOWN),
      missingCount: missing.length,
      wrongShape: wrongShapes.slice(0, SHOWN).map(({ name }) => name),
      wrongShapeCount: wrongShapes.length,
      extra: extra.slice(0, SHOWN),
      extraCount: extra.length,
      ...(guess && { guess: guess.name }),
    },
  });
}

function list(count: number, state: string, names: readonly string[]): string | undefined {
  if (count === 0) return undefined;
  const rest = count > SHOWN ? ', …' : '';
  return `${count} ${count === 1 ? 'weight is' : 'weights are'} ${state} (${names.slice(0, SHOWN).join(', ')}${rest})`;
}

const describeShape = ({ name, found, expected }: WrongShape): string =>
  `${name} is [${found.join(', ')}], not [${expected.join(', ')}]`;
