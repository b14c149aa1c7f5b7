/**
 * Random draws of the dataset. What is drawn for a picture depends on the seed, on what the draw is for and on the
 * picture's name, never on the pictures before it: leaving a concept out changes no other picture.
 */
import { must } from '../../trainer/base/errors.ts';
import { createGenerator, deriveSeed, type SeedConsumer } from '../../trainer/base/random.ts';

export interface Draws {
  /** Evenly in [low, high). */
  between(low: number, high: number): number;
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** A shuffled copy. */
  shuffle<T>(items: readonly T[]): T[];
}

export function createDraws(seed: number, consumer: SeedConsumer, name: string): Draws {
  const rng = createGenerator(deriveSeed(seed, consumer, hashOf(name)));
  return {
    between: (low, high) => low + (high - low) * rng.uniform(),
    chance: (probability) => rng.uniform() < probability,
    pick: (items) => must(items[rng.below(items.length)], 'a choice'),
    shuffle(items) {
      const copy = [...items];
      for (let i = copy.length - 1; i > 0; i--) {
        const j = rng.below(i + 1);
        [copy[i], copy[j]] = [must(copy[j], 'item'), must(copy[i], 'item')];
      }
      return copy;
    },
  };
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
