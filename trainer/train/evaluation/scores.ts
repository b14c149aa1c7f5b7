/**
 * The numbers of an evaluation, from the features of training pictures and drawn ones.
 */
import type { Picture } from '../../base/ports.ts';
import { resizePicture } from '../../data/resample.ts';
import { frechetDistance } from '../../metrics/frechet.ts';
import { inceptionScore, type InceptionScore } from '../../metrics/inception-score.ts';
import { LOOKED_AT, nearest, retrieval, seedVariety, type Neighbour } from '../../metrics/neighbours.ts';
import { mirroredAppearance } from './appearance.ts';
import { conceptClasses } from './concept-classes.ts';
import type { PictureFeatures } from './picture-features.ts';
import type { Label, LabelledPrompt } from './training-set.ts';

export interface Known extends PictureFeatures {
  readonly label: Label;
}

export interface Drawn extends PictureFeatures {
  /** As the sheets show it. */
  readonly picture: Picture;
  readonly label: LabelledPrompt;
  readonly seed: number;
}

/** Shares are 0 … 1; what cannot be computed from these pictures is missing. */
export interface Scores {
  /** Of the drawn pictures, whose nearest training picture by its look shows the prompt's concept. */
  readonly top1: number;
  /** One of the five nearest shows it. */
  readonly top5: number;
  /** The nearest shows it in the prompt's style. */
  readonly exact?: number;
  /** The same by the distance of the autoencoder's latents, where place and size count too. */
  readonly latentTop1: number;
  readonly latentTop5: number;
  /** How far two seeds of a prompt lie apart, in units of how far pictures of different prompts do. */
  readonly seedVariety: { readonly pixels?: number; readonly latents?: number };
  /** Fréchet distance of the autoencoder's features (`latentGrid`): no FID. */
  readonly autoencoderFrechetDistance?: number;
  /** Inception score with a classifier of the training set's concepts on the same features: 1 to `concepts`. */
  readonly autoencoderConceptScore?: number;
  /** FID: the Fréchet distance of InceptionV3's features. */
  readonly frechetInceptionDistance?: number;
  readonly inceptionScore?: InceptionScore;
  /** Pictures whose nearest shows another concept. */
  readonly missed: readonly Miss[];
}

export interface Miss {
  readonly prompt: string;
  readonly seed: number;
  /** The concept of the nearest training picture. */
  readonly nearest: string;
}

export function scoresOf(known: readonly Known[], drawn: readonly Drawn[]): Scores {
  const byLook = lookalikes(drawn, known);
  const byLatents = neighboursOf(drawn, known, (each) => each.latents);
  const latents = retrieval(byLatents, sameConcept(drawn, known));
  return {
    ...retrieval(byLook, sameConcept(drawn, known)),
    ...exactShare(byLook, drawn, known),
    latentTop1: latents.top1,
    latentTop5: latents.top5,
    seedVariety: varietyOf(drawn),
    ...autoencoderScores(known, drawn),
    ...inceptionScores(known, drawn),
    missed: missesOf(byLook, drawn, known),
  };
}

function neighboursOf(
  drawn: readonly Drawn[],
  known: readonly Known[],
  featuresOf: (picture: PictureFeatures) => Float32Array,
): readonly (readonly Neighbour[])[] {
  const candidates = known.map(featuresOf);
  return drawn.map((picture) => nearest(featuresOf(picture), candidates, LOOKED_AT));
}

/** Of each picture or of its mirror image, whichever is nearer. */
function lookalikes(drawn: readonly Drawn[], known: readonly Known[]): readonly (readonly Neighbour[])[] {
  const candidates = known.map(({ appearance }) => appearance);
  return drawn.map(({ appearance }) => {
    const both = [appearance, mirroredAppearance(appearance)].flatMap((each) => nearest(each, candidates, LOOKED_AT));
    const sorted = both.sort((a, b) => a.distance - b.distance);
    return sorted
      .filter(({ index }, place) => sorted.findIndex((other) => other.index === index) === place)
      .slice(0, LOOKED_AT);
  });
}

const sameConcept =
  (drawn: readonly Drawn[], known: readonly Known[]) =>
  (query: number, candidate: number): boolean =>
    drawn[query]?.label.concept === known[candidate]?.label.concept;

function exactShare(
  neighbours: readonly (readonly Neighbour[])[],
  drawn: readonly Drawn[],
  known: readonly Known[],
): Pick<Scores, 'exact'> {
  if (known.every(({ label }) => label.style === undefined)) return {};
  const isConcept = sameConcept(drawn, known);
  const isExact = (query: number, candidate: number): boolean =>
    isConcept(query, candidate) && drawn[query]?.label.style === known[candidate]?.label.style;
  return { exact: retrieval(neighbours, isExact).top1 };
}

function missesOf(
  neighbours: readonly (readonly Neighbour[])[],
  drawn: readonly Drawn[],
  known: readonly Known[],
): readonly Miss[] {
  const isConcept = sameConcept(drawn, known);
  return drawn.flatMap(({ label, seed }, query) => {
    const found = neighbours[query]?.[0]?.index;
    if (found === undefined || isConcept(query, found)) return [];
    return [{ prompt: label.prompt, seed, nearest: known[found]?.label.concept ?? '' }];
  });
}

/** Rows and columns at which pixels are compared: what a grain more or less does not change. */
const PIXEL_SIDE = 32;

function varietyOf(drawn: readonly Drawn[]): Scores['seedVariety'] {
  const prompts = new Map<LabelledPrompt, Drawn[]>();
  for (const picture of drawn) prompts.set(picture.label, [...(prompts.get(picture.label) ?? []), picture]);
  const of = (featuresOf: (picture: Drawn) => Float32Array): number | undefined =>
    seedVariety([...prompts.values()].map((pictures) => pictures.map(featuresOf)));
  const pixels = of(({ picture }) =>
    Float32Array.from(resizePicture(picture, { width: PIXEL_SIDE, height: PIXEL_SIDE }).data),
  );
  const latents = of((each) => each.latents);
  return { ...(pixels === undefined ? {} : { pixels }), ...(latents === undefined ? {} : { latents }) };
}

function autoencoderScores(
  known: readonly Known[],
  drawn: readonly Drawn[],
): Pick<Scores, 'autoencoderFrechetDistance' | 'autoencoderConceptScore'> {
  const [left, right] = [known.map((each) => each.latentGrid), drawn.map((each) => each.latentGrid)];
  const classes = conceptClasses(
    left,
    known.map(({ label }) => label.concept),
  );
  return {
    ...(right.length < 2 ? {} : { autoencoderFrechetDistance: frechetDistance(left, right) }),
    ...(classes === undefined || right.length === 0
      ? {}
      : {
          autoencoderConceptScore: inceptionScore(
            right.map((features) => classes.logits(features)),
            1,
          ).mean,
        }),
  };
}

/** As published: ten parts, once they are large enough to be of many classes each. */
const SPLITS = 10;
const LEAST_OF_A_SPLIT = 500;

function inceptionScores(
  known: readonly Known[],
  drawn: readonly Drawn[],
): Pick<Scores, 'frechetInceptionDistance' | 'inceptionScore'> {
  const [left, right] = [known, drawn].map((pictures) => pictures.flatMap(({ inception }) => inception ?? []));
  if (left === undefined || right === undefined || left.length < 2 || right.length < 2) return {};
  const splits = right.length >= SPLITS * LEAST_OF_A_SPLIT ? SPLITS : 1;
  // Neighbours are seeds of one prompt; each part takes pictures from all over.
  const dealt = Array.from({ length: splits }, (_, split) => right.filter((__, index) => index % splits === split));
  return {
    frechetInceptionDistance: frechetDistance(
      left.map(({ pool3 }) => pool3),
      right.map(({ pool3 }) => pool3),
    ),
    inceptionScore: inceptionScore(
      dealt.flat().map(({ logits }) => logits),
      splits,
    ),
  };
}
