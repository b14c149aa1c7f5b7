/**
 * The random numbers that data handling and noise ask for, as an interface. `random.ts` implements it.
 */

/** A seeded generator. The same seed gives the same numbers on every machine. */
export interface Rng {
  /** At least 0, below 1. */
  uniform(): number;
  /** A whole number, at least 0 and below `n`. */
  below(n: number): number;
}
