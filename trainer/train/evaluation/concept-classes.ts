/**
 * Which concept a picture shows, by the features of pictures whose concept is known: a classifier for scores that need
 * one, where no trained network is at hand.
 *
 * Each concept is a normal distribution around the mean of its pictures; all have one deviation per feature, measured
 * within the concepts (linear discriminant analysis with a diagonal covariance).
 */
export interface ConceptClasses {
  /** Logits of the concepts: −½ Σ (x − mean)²/deviation², less the largest; f32 [concepts]. */
  logits(features: Float32Array): Float32Array;
}

/** Share of the features' mean variance below which no variance counts: a feature that never changes says nothing. */
const LEAST_VARIANCE = 1e-3;
/** Where all pictures of each concept are alike. */
const SMALLEST = 1e-12;

/**
 * @param known     f32 [D] each
 * @param concepts  of each, in the same order
 * @returns undefined where fewer than two concepts have two pictures or more: there is no deviation within to measure
 */
export function conceptClasses(
  known: readonly Float32Array[],
  concepts: readonly string[],
): ConceptClasses | undefined {
  const groups = new Map<string, Float32Array[]>();
  for (const [index, features] of known.entries()) {
    const concept = concepts[index] ?? '';
    const group = groups.get(concept) ?? [];
    group.push(features);
    groups.set(concept, group);
  }
  if ([...groups.values()].filter((group) => group.length > 1).length < 2) return undefined;
  const size = known[0]?.length ?? 0;
  const means = [...groups.values()].map((group) => meanOf(group, size));
  const variances = varianceWithin([...groups.values()], means, size);
  return {
    logits: (features) => {
      const values = means.map((mean) => -distance(features, mean, variances) / 2);
      // Only differences count, and the largest is then exact in f32.
      const largest = values.reduce((most, value) => Math.max(most, value), -Infinity);
      return Float32Array.from(values, (value) => value - largest);
    },
  };
}

/** Σ (x − mean)²/variance */
function distance(features: Float32Array, mean: Float64Array, variances: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < mean.length; i++) {
    sum += ((features[i] as number) - (mean[i] as number)) ** 2 / (variances[i] as number);
  }
  return sum;
}

function meanOf(group: readonly Float32Array[], size: number): Float64Array {
  const mean = new Float64Array(size);
  for (const features of group) {
    for (let i = 0; i < size; i++) mean[i] = (mean[i] as number) + (features[i] as number) / group.length;
  }
  return mean;
}

/** Over the pictures less one for each concept. */
function varianceWithin(
  groups: readonly (readonly Float32Array[])[],
  means: readonly Float64Array[],
  size: number,
): Float64Array {
  const variance = new Float64Array(size);
  const free = groups.reduce((sum, group) => sum + group.length - 1, 0);
  for (const [index, group] of groups.entries()) {
    const mean = means[index] as Float64Array;
    for (const features of group) {
      for (let i = 0; i < size; i++) {
        variance[i] = (variance[i] as number) + ((features[i] as number) - (mean[i] as number)) ** 2 / free;
      }
    }
  }
  const least = LEAST_VARIANCE * (variance.reduce((sum, value) => sum + value, 0) / size);
  return variance.map((value) => Math.max(value, least, SMALLEST));
}
