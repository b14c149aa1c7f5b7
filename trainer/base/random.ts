/**
 * Seeded random numbers, equal to PyTorch's CPU generator, so that a seed means the same picture here as elsewhere.
 *
 * The engine is mt19937 (Matsumoto and Nishimura 1998); how its words become uniform and normal numbers is PyTorch's
 * (aten/src/ATen/native/cpu/DistributionTemplates.h and core/DistributionsHelper.h). Checked against torch 2.15:
 * test/golden/math/torch_random.json. Uniform numbers, choices and up to 15 normal numbers are equal to
 * the bit; 16 and more normal numbers to 1 ulp of f32 each way, because PyTorch takes its logarithm and sine from
 * vector code.
 *
 * Law of seeds: a run has one seed, and each consumer of randomness draws from a stream of its own, started afresh from
 * `deriveSeed(seed, consumer, index)` where index counts what the consumer repeats (optimizer step, epoch, ...). A draw
 * depends on where it happens in the run, never on what was drawn before: a resumed run needs to know its step only,
 * and switching one option (say caption dropout) leaves the noise as it was.
 */
import { assert, must } from './errors.ts';
import type { Rng } from './rng.ts';

const STATE_WORDS = 624;
const SHIFT_WORDS = 397;
const TWIST = 0x9908b0df;
/** PyTorch fills arrays of at least this many normal numbers in blocks of as many. */
const NORMAL_BLOCK = 16;
const HALF_BLOCK = NORMAL_BLOCK / 2;
const TWO_PI = Math.fround(2 * Math.PI);
/** From this range on PyTorch takes 64 random bits for a choice. */
const WIDE_RANGE = 2 ** 28;

export interface GeneratorState {
  /** The 624 words of mt19937. */
  readonly words: readonly number[];
  /** How many of the words are used up. */
  readonly used: number;
  /** The second number of the last Box-Muller pair, when only the first was asked for. */
  readonly spareNormal: number | null;
}

export interface Generator extends Rng {
  /** `torch.rand(count)`: f32 in [0, 1), 24 random bits each. */
  uniforms(count: number): Float32Array;
  /** `torch.randn(count)`: f32, standard normal. Which numbers come depends on the count, see `normals` below. */
  normals(count: number): Float32Array;
}

/** Who draws random numbers in a run. */
export type SeedConsumer =
  | 'noise'
  | 'timesteps'
  | 'latents'
  | 'dropout'
  | 'order'
  | 'captions'
  | 'crops'
  | 'colours'
  | 'initialisation'
  | 'samples'
  | 'class images';

/**
 * `torch.Generator().manual_seed(seed)`. Like there, only the low 32 bits of the seed count.
 * @throws {InternalError} if the seed is not a whole number that a double holds exactly
 */
export function createGenerator(seed: number): Generator {
  assert(Number.isSafeInteger(seed), `not a seed: ${seed}`);
  const words = new Uint32Array(STATE_WORDS);
  words[0] = Number(BigInt.asUintN(32, BigInt(seed)));
  for (let i = 1; i < STATE_WORDS; i++) {
    const previous = word(words, i - 1);
    words[i] = Math.imul(1812433253, previous ^ (previous >>> 30)) + i;
  }
  return generator(words);
}

/**
 * The seed of one stream: 32 bits mixed from the run's seed, the consumer's name and an index. Two indices below 2^32
 * of the same consumer never give the same seed, because the last mixing is a bijection.
 *
 * @see MurmurHash3 (A. Appleby, public domain) for the finaliser; FNV-1a for the text
 */
export function deriveSeed(seed: number, consumer: SeedConsumer, index = 0): number {
  assert(Number.isSafeInteger(seed) && Number.isSafeInteger(index), `not a seed and an index: ${seed}, ${index}`);
  let hash = 0x811c9dc5;
  for (const byte of `${seed}/${consumer}`) hash = Math.imul(hash ^ byte.charCodeAt(0), 0x01000193);
  return finalise(finalise(hash) + index);
}

function finalise(value: number): number {
  let mixed = value | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** @param words the first state of mt19937, all used up; changed as numbers are drawn */
function generator(words: Uint32Array): Generator {
  let used = STATE_WORDS;
  /** The second number of the last Box-Muller pair, when only the first was asked for. */
  let spareNormal: number | undefined;

  function bits32(): number {
    if (used >= STATE_WORDS) {
      twist(words);
      used = 0;
    }
    return temper(word(words, used++));
  }

  /** f32 in [0, 1): the low 24 bits. */
  const uniform = (): number => (bits32() & 0xffffff) / 0x1000000;

  /** f64 in [0, 1): the low 53 of 64 bits, high word first. */
  const uniformDouble = (): number => {
    const high = bits32();
    return ((high & 0x1fffff) * 2 ** 32 + bits32()) / 2 ** 53;
  };

  /**
   * Box-Muller in f64, one number at a time: the first of a pair is the cosine, the second is kept for the next call.
   */
  function normalDouble(): number {
    if (spareNormal !== undefined) {
      const spare = spareNormal;
      spareNormal = undefined;
      return spare;
    }
    const angle = 2 * Math.PI * uniformDouble();
    const radius = Math.sqrt(-2 * Math.log1p(-uniformDouble()));
    spareNormal = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  function below(n: number): number {
    assert(Number.isSafeInteger(n) && n > 0 && n <= 2 ** 32, `not a range to choose from: ${n}`);
    if (n < WIDE_RANGE) return bits32() % n;
    const high = BigInt(bits32());
    return Number(((high << 32n) | BigInt(bits32())) % BigInt(n));
  }

  /**
   * Two paths, as in PyTorch. Below 16 numbers: one after the other in f64. From 16: all places are filled with uniform
   * numbers, then each block of 16 becomes 8 cosines and 8 sines; when the count is no multiple of 16, the last 16
   * places are drawn afresh, so they overlap a block that was already done.
   */
  function normals(count: number): Float32Array {
    if (count < NORMAL_BLOCK) return Float32Array.from({ length: count }, normalDouble);
    const values = Float32Array.from({ length: count }, uniform);
    for (let start = 0; start + NORMAL_BLOCK <= count; start += NORMAL_BLOCK) boxMullerBlock(values, start);
    if (count % NORMAL_BLOCK !== 0) {
      const start = count - NORMAL_BLOCK;
      for (let i = start; i < count; i++) values[i] = uniform();
      boxMullerBlock(values, start);
    }
    return values;
  }

  return {
    uniform,
    below,
    uniforms: (count) => Float32Array.from({ length: count }, uniform),
    normals,
  };
}

/** Turns 16 uniform numbers into 16 normal ones, in place: place j and j + 8 make a pair. */
function boxMullerBlock(values: Float32Array, start: number): void {
  for (let j = start; j < start + HALF_BLOCK; j++) {
    const radius = Math.fround(Math.sqrt(-2 * Math.fround(Math.log(1 - must(values[j], 'radius')))));
    const angle = Math.fround(TWO_PI * must(values[j + HALF_BLOCK], 'angle'));
    values[j] = radius * Math.fround(Math.cos(angle));
    values[j + HALF_BLOCK] = radius * Math.fround(Math.sin(angle));
  }
}

/** The next 624 words. */
function twist(words: Uint32Array): void {
  for (let i = 0; i < STATE_WORDS; i++) {
    const mixed = (word(words, i) & 0x80000000) | (word(words, (i + 1) % STATE_WORDS) & 0x7fffffff);
    const odd = (mixed & 1) * TWIST;
    words[i] = word(words, (i + SHIFT_WORDS) % STATE_WORDS) ^ (mixed >>> 1) ^ odd;
  }
}

function temper(value: number): number {
  let mixed = value;
  mixed ^= mixed >>> 11;
  mixed ^= (mixed << 7) & 0x9d2c5680;
  mixed ^= (mixed << 15) & 0xefc60000;
  return (mixed ^ (mixed >>> 18)) >>> 0;
}

const word = (words: Uint32Array, i: number): number => must(words[i], 'a word of the generator');
