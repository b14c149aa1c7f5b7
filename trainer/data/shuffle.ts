/**
 * Random order by a seeded generator.
 */
import { must } from '../base/errors.ts';
import type { Rng } from '../base/rng.ts';

/** A new array in random order: Fisher-Yates from the end, one `below` for each element but the first. */
export function shuffled<T>(items: readonly T[], rng: Rng): T[] {
  const rest = [...items];
  const result: T[] = [];
  while (rest.length > 1) {
    const drawn = rng.below(rest.length);
    const last = must(rest.pop(), 'last element');
    result.push(drawn === rest.length ? last : (rest[drawn] as T));
    if (drawn < rest.length) rest[drawn] = last;
  }
  return [...result, ...rest];
}
