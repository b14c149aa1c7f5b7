import { Matrix } from 'ml-matrix';
import { expect, test } from 'vitest';
import { spreadAxes } from '../../../scripts/base-model/colour-axes.ts';
import { createGenerator } from '../../../trainer/base/random.ts';
import { unexplained } from './least-squares.ts';

const PATCHES = 4000;
const FEATURES = 8;

/** Features u with 1 at their end; colours that four of them tell; latents that see two of these, and hardly others. */
function forgetfulEncoder() {
  const normals = createGenerator(7).normals(PATCHES * FEATURES);
  const features = Matrix.from1DArray(PATCHES, FEATURES, [...normals]).add(0.5);
  features.addColumn(FEATURES, Array<number>(PATCHES).fill(1));
  const colours = features.mmul(
    new Matrix([[0.1, 0], [0, 0.1], [0.3, 0.1], [0.1, -0.2], ...Array.from({ length: 5 }, () => [0, 0])]),
  );
  const latents = new Matrix([
    [9, 1, 0, 0, 0, 0, 0, 0, 0.3],
    [-8, 2, 0, 0, 0.1, 0, 0, 0, 0],
    [7, 4, 0, 0, 0, 0.1, 0, 0, 0],
    [-1, 5, 0, 0, 0, 0, 0.1, 0, -2],
  ]);
  const of = (other: Matrix): Matrix => features.transpose().mmul(other).div(PATCHES);
  return { features, colours, latents, moments: { features: of(features), colours: of(colours) } };
}

const meanOf = (column: readonly number[]): number => column.reduce((sum, value) => sum + value, 0) / column.length;

const productOf = (a: readonly number[], b: readonly number[]): number =>
  meanOf(a.map((value, index) => (value - meanOf(a)) * ((b[index] ?? 0) - meanOf(b))));

const correlationOf = (a: readonly number[], b: readonly number[]): number =>
  productOf(a, b) / Math.sqrt(productOf(a, a) * productOf(b, b));

test('the loudest axes stay, and the other channels tell the colours that these do not', () => {
  const { features, colours, latents, moments } = forgetfulEncoder();
  const { rows, loudest } = spreadAxes({ ...moments, latents, deviations: [0.5, 0.25] });
  const before = features.mmul(latents.transpose());
  const after = features.mmul(rows.transpose());
  for (const colour of [0, 1]) {
    expect(unexplained(before, colours.getColumn(colour))).toBeGreaterThan(0.5);
    expect(unexplained(after, colours.getColumn(colour))).toBeLessThan(1e-4);
  }
  const channels = [0, 1, 2, 3].map((channel) => after.getColumn(channel));
  const deviations = channels.map((channel) => Math.sqrt(productOf(channel, channel)));
  for (const channel of channels) expect(meanOf(channel)).toBeCloseTo(0, 6);
  expect(deviations[0]).toBeCloseTo(loudest, 6);
  expect(deviations[2]).toBeCloseTo(0.5 * loudest, 6);
  expect(deviations[3]).toBeCloseTo(0.25 * loudest, 6);
  for (const [index, channel] of channels.entries()) {
    // What the ridge leaves of them.
    for (const other of channels.slice(index + 1)) expect(Math.abs(correlationOf(channel, other))).toBeLessThan(0.02);
  }
});

test('the decoder finds the axes that stayed where they were', () => {
  const { features, latents, moments } = forgetfulEncoder();
  const { rows, back, mean } = spreadAxes({ ...moments, latents, deviations: [0.5, 0.25] });
  const before = features.mmul(latents.transpose());
  const kept = back.clone();
  for (const row of [0, 1, 2, 3]) kept.set(row, 2, 0).set(row, 3, 0);
  const after = features.mmul(rows.transpose()).mmul(kept.transpose()).addRowVector(mean.to1DArray());
  const variance = before.clone().center('column').norm() ** 2;
  expect(Matrix.sub(before, after).norm() ** 2 / variance).toBeLessThan(1e-3);
  const loudnessTo = (channel: number): number => {
    const made = features.mmul(rows.transpose()).getColumn(channel);
    return back.getColumnVector(channel).norm() * Math.sqrt(productOf(made, made));
  };
  for (const channel of [2, 3]) expect(loudnessTo(channel)).toBeCloseTo(loudnessTo(1), 6);
});

test('a channel must be left for what the latents told before', () => {
  const { latents, moments } = forgetfulEncoder();
  const deviations = [0.5, 0.4, 0.3, 0.2];
  expect(() => spreadAxes({ ...moments, latents, deviations })).toThrow('an axis of the old latents stays');
  expect(() => spreadAxes({ ...moments, latents, deviations: deviations.slice(1) })).toThrow('as many new channels as');
});

test('latents that tell the colours already leave none to give channels to', () => {
  const { features, latents, moments } = forgetfulEncoder();
  const stays = new Matrix([
    [9, 1, 0, 0, 0, 0, 0, 0, 0],
    [-1, 5, 0, 0, 0, 0, 0, 0, 0],
  ]);
  const colours = features.transpose().mmul(features.mmul(stays.transpose())).div(PATCHES);
  const onlyTwo = latents.clone();
  for (const row of [2, 3]) onlyTwo.setRow(row, Array<number>(FEATURES + 1).fill(0));
  onlyTwo.setSubMatrix(stays, 0, 0);
  expect(() => spreadAxes({ ...moments, colours, latents: onlyTwo, deviations: [0.5, 0.25] })).toThrow(
    'leave something of each colour',
  );
});
