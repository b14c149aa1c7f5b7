import { expect, test } from 'vitest';
import { UserError } from '../../../../trainer/base/errors.ts';
import { createGenerator } from '../../../../trainer/base/random.ts';
import { conceptClasses } from '../../../../trainer/train/evaluation/concept-classes.ts';
import { evaluateModel } from '../../../../trainer/train/evaluation/evaluate.ts';
import { scoresOf, type Drawn, type Known } from '../../../../trainer/train/evaluation/scores.ts';

const generator = createGenerator(1);
const around = (values: readonly number[], spread: number): Float32Array =>
  Float32Array.from(values, (value) => value + spread * (generator.normals(1)[0] ?? 0));

const CONCEPTS = { cat: [0, 0, 8], tree: [8, 0, 0], apple: [0, 8, 0] } as const;
type Concept = keyof typeof CONCEPTS;

const featuresOf = (concept: Concept, spread: number) => {
  const latents = around(CONCEPTS[concept], spread);
  // All 16 x 16 pixels of one colour.
  const appearance = Float32Array.from({ length: 16 * 16 * 3 }, (_, at) => latents[at % 3] as number);
  return { appearance, latents, latentGrid: latents };
};

const known: Known[] = (Object.keys(CONCEPTS) as Concept[]).flatMap((concept) =>
  ['flat', 'soft'].flatMap((style) =>
    Array.from({ length: 4 }, () => ({ ...featuresOf(concept, 0.1), label: { concept, style } })),
  ),
);

const picture = { width: 1, height: 1, data: new Uint8Array(3) };
function drawn(wanted: Concept, shown: Concept, seed: number): Drawn {
  const label = { concept: wanted, style: 'flat', prompt: `a ${wanted}, flat style`, example: '' };
  return { ...featuresOf(shown, 0.1), label, seed, picture };
}

test('a picture counts by what it shows, and the misses are named', () => {
  const scores = scoresOf(known, [drawn('cat', 'cat', 1), drawn('tree', 'tree', 2), drawn('apple', 'cat', 3)]);
  expect(scores.top1).toBeCloseTo(2 / 3, 12);
  expect(scores.latentTop1).toBeCloseTo(2 / 3, 12);
  expect(scores.exact).toBeLessThanOrEqual(scores.top1);
  expect(scores.missed).toEqual([{ prompt: 'a apple, flat style', seed: 3, nearest: 'cat' }]);
});

test('a model that draws every concept scores their number, one that draws a single one scores 1', () => {
  const all = (Object.keys(CONCEPTS) as Concept[]).map((concept, index) => drawn(concept, concept, index));
  expect(scoresOf(known, all).autoencoderConceptScore).toBeCloseTo(3, 6);
  const same = all.map(({ label, seed }) => ({ ...drawn('cat', 'cat', seed), label }));
  expect(scoresOf(known, same).autoencoderConceptScore).toBeCloseTo(1, 6);
});

test('pictures like the training pictures are nearer to them than others', () => {
  const near = (Object.keys(CONCEPTS) as Concept[]).flatMap((concept, index) =>
    Array.from({ length: 8 }, () => drawn(concept, concept, index)),
  );
  const far = near.map((each) => ({ ...each, latentGrid: each.latentGrid.map((value) => value + 3) }));
  const distance = (pictures: readonly Drawn[]): number => scoresOf(known, pictures).autoencoderFrechetDistance ?? NaN;
  // The same normal distributions drawn twice, against a shift by 3 in three features.
  expect(distance(near)).toBeLessThan(0.1);
  expect(distance(far) - distance(near)).toBeCloseTo(27, 0);
});

test('what cannot be computed is missing, never NaN', () => {
  const one = scoresOf(known, [drawn('cat', 'cat', 1)]);
  expect(Object.keys(one)).not.toContain('autoencoderFrechetDistance');
  expect(one.seedVariety).toEqual({});
  const unlike = known.map((each, index) => ({ ...each, label: { concept: String(index) } }));
  const scores = scoresOf(unlike, [drawn('cat', 'cat', 1), drawn('cat', 'cat', 2)]);
  expect(Object.keys(scores)).not.toContain('autoencoderConceptScore');
  expect(Object.keys(scores)).not.toContain('exact');
  expect(JSON.stringify(scores)).not.toContain('null');
});

test('features that never change within a concept still tell the concepts apart', () => {
  const fixed = ['a', 'a', 'b', 'b'].map((concept) => Float32Array.of(concept === 'a' ? 0 : 1, 3));
  const classes = conceptClasses(fixed, ['a', 'a', 'b', 'b']);
  const logits = classes?.logits(Float32Array.of(0, 3));
  expect(logits?.[0]).toBe(0);
  expect(logits?.[1]).toBeLessThan(-1000);
});

test('with one concept there is nothing to tell apart, and that is said (evaluate/too-few)', async () => {
  const set = {
    concepts: 1,
    pictures: [
      { concept: 'cat', path: 'a' },
      { concept: 'cat', path: 'b' },
    ],
    prompts: [],
  };
  const error: unknown = await evaluateModel({} as never, set, {} as never).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(UserError);
  const { code, what } = (error as UserError).report;
  expect(code).toBe('evaluate/too-few');
  expect(what).toBe(
    'There is but one concept (one caption) among the pictures, so every picture would be nearest to it',
  );
});
