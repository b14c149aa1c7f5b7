/**
 * Sizes of axes: whole numbers, or products and quotients of symbols such as `B*h*w` or `h/2`.
 *
 * One session serves every batch size and every aspect bucket, so a graph speaks of the batch `B`, the latent rows `h`
 * and columns `w`, the tokens `S`; the numbers come with each run (`Bindings`). A dimension is one monomial,
 *
 *     numerator / denominator * product of symbol^power        (lowest terms, powers > 0)
 *
 * which is closed under the products and quotients that reshapes, strides and up-sampling need, and has one canonical
 * form, so that two sizes are equal exactly when their texts are.
 */
import { InternalError } from '../base/errors.ts';

export interface SymbolicDim {
  readonly numerator: number;
  readonly denominator: number;
  /** Symbol to power, sorted by symbol; powers may be negative only while a quotient is being formed. */
  readonly powers: readonly (readonly [symbol: string, power: number])[];
}

export type Dim = number | SymbolicDim;
export type Shape = readonly Dim[];
export type Bindings = Readonly<Record<string, number>>;

/** An axis whose size comes with each run. */
export const symbol = (name: string): SymbolicDim => ({ numerator: 1, denominator: 1, powers: [[name, 1]] });

export const multiply = (...dims: readonly Dim[]): Dim =>
  normalise(
    dims.map(asMonomial).reduce(
      (left, right) => ({
        numerator: left.numerator * right.numerator,
        denominator: left.denominator * right.denominator,
        powers: mergePowers(left.powers, right.powers, 1),
      }),
      ONE,
    ),
  );

/** The quotient; that it is a whole number for given bindings is checked when the symbols are bound. */
export function divide(left: Dim, right: Dim): Dim {
  const [a, b] = [asMonomial(left), asMonomial(right)];
  if (b.numerator === 0) throw new InternalError('division of a dimension by zero');
  const quotient = normalise({
    numerator: a.numerator * b.denominator,
    denominator: a.denominator * b.numerator,
    powers: mergePowers(a.powers, b.powers, -1),
  });
  if (typeof quotient === 'number' && !Number.isInteger(quotient)) {
    throw new InternalError(`${showDim(left)} is not divisible by ${showDim(right)}`);
  }
  return quotient;
}

export const equalDims = (left: Dim, right: Dim): boolean => showDim(left) === showDim(right);

export const equalShapes = (left: Shape, right: Shape): boolean =>
  left.length === right.length && left.every((dim, axis) => equalDims(dim, right[axis] as Dim));

export const countElements = (shape: Shape): Dim => multiply(1, ...shape);

/** Canonical text: `4`, `h`, `B*h*w`, `8*h`, `h*w/4`. */
export function showDim(dim: Dim): string {
  if (typeof dim === 'number') return String(dim);
  const factors = dim.powers.map(([name, power]) => (power === 1 ? name : `${name}^${power}`));
  const top = dim.numerator === 1 ? factors.join('*') : [dim.numerator, ...factors].join('*');
  return dim.denominator === 1 ? top : `${top}/${dim.denominator}`;
}

export const showShape = (shape: Shape): string => `[${shape.map(showDim).join(', ')}]`;

export const symbolsOf = (shape: Shape): readonly string[] => [
  ...new Set(shape.flatMap((dim) => (typeof dim === 'number' ? [] : dim.powers.map(([name]) => name)))),
];

/** @throws {InternalError} if a symbol is unbound or the quotient is not whole */
export function evaluateDim(dim: Dim, bindings: Bindings): number {
  if (typeof dim === 'number') return dim;
  let value = dim.numerator;
  for (const [name, power] of dim.powers) {
    const bound = bindings[name];
    if (bound === undefined) throw new InternalError(`the symbol ${name} of ${showDim(dim)} has no value`);
    value *= bound ** power;
  }
  const result = value / dim.denominator;
  if (!Number.isInteger(result)) throw new InternalError(`${showDim(dim)} is ${result}, not a whole number`);
  return result;
}

export const evaluateShape = (shape: Shape, bindings: Bindings): number[] =>
  shape.map((dim) => evaluateDim(dim, bindings));

const ONE: SymbolicDim = { numerator: 1, denominator: 1, powers: [] };

function asMonomial(dim: Dim): SymbolicDim {
  if (typeof dim !== 'number') return dim;
  if (!Number.isInteger(dim) || dim < 0) throw new InternalError(`a dimension must be a whole number, not ${dim}`);
  return { numerator: dim, denominator: 1, powers: [] };
}

function mergePowers(left: SymbolicDim['powers'], right: SymbolicDim['powers'], sign: 1 | -1): SymbolicDim['powers'] {
  const sum = new Map(left);
  for (const [name, power] of right) sum.set(name, (sum.get(name) ?? 0) + sign * power);
  return [...sum].filter(([, power]) => power !== 0).sort(([a], [b]) => (a < b ? -1 : 1));
}

function normalise(dim: SymbolicDim): Dim {
  const shared = greatestDivisor(dim.numerator, dim.denominator);
  const numerator = dim.numerator / shared;
  const denominator = dim.denominator / shared;
  return dim.powers.length === 0 ? numerator / denominator : { numerator, denominator, powers: dim.powers };
}

const greatestDivisor = (a: number, b: number): number => (b === 0 ? a : greatestDivisor(b, a % b));
