/**
 * The few hundred points of a loss curve that a chart draws, out of all steps.
 */
import type { Metrics } from '../run/metrics.ts';
import { downsample, firstAtLeast } from './downsample.ts';

export interface LossPoint {
  readonly step: number;
  readonly loss: number;
  readonly smooth: number;
  readonly rate: number;
  readonly elapsed: number;
}

export interface LossView {
  /** First and last step to draw. */
  readonly from: number;
  readonly to: number;
  readonly points: number;
}

/**
 * Half of the points are those that the raw loss needs, half those of the smoothed one, so that neither loses its peaks.
 *
 * @param smooth the smoothed loss of all steps
 */
export function lossPoints(
  metrics: Metrics,
  smooth: Float64Array,
  { from, to, points }: LossView,
): readonly LossPoint[] {
  const step = metrics.column('step');
  // The metrics may have grown since they were smoothed.
  const length = Math.min(metrics.length, smooth.length);
  const first = Math.max(0, firstAtLeast(step, from, length) - 1);
  const last = Math.min(length, firstAtLeast(step, to, length) + 1);
  const loss = metrics.column('loss');
  const kept = new Set<number>();
  for (const index of downsample(step, loss, points / 2, first, last)) kept.add(index);
  for (const index of downsample(step, smooth, points / 2, first, last)) kept.add(index);
  const rate = metrics.column('lr');
  const elapsed = metrics.column('elapsed');
  return [...kept]
    .sort((one, other) => one - other)
    .map((index) => ({
      step: step[index] ?? 0,
      loss: loss[index] ?? 0,
      smooth: smooth[index] ?? 0,
      rate: rate[index] ?? 0,
      elapsed: elapsed[index] ?? 0,
    }));
}

/**
 * Ends of the loss axis, with a little air: a single bad step must not press the rest flat, so the raw loss counts up to
 * its 99th part in a hundred only.
 */
export function lossRange(points: readonly Pick<LossPoint, 'loss' | 'smooth'>[]): readonly [number, number] {
  const values = points
    .map(({ loss }) => loss)
    .filter(Number.isFinite)
    .sort((one, other) => one - other);
  const smooth = points.map(({ smooth: value }) => value).filter(Number.isFinite);
  if (values.length === 0) return [0, 1];
  const high = Math.max(values[Math.floor((values.length - 1) * 0.99)] ?? 1, ...smooth);
  const low = Math.min(values[Math.floor((values.length - 1) * 0.01)] ?? 0, ...smooth);
  const air = (high - low || Math.abs(high) || 1) * 0.06;
  return [Math.max(0, low - air), high + air];
}

/** Three to five round numbers between two ends. */
export function roundTicks(from: number, to: number, wanted = 4): readonly number[] {
  const span = to - from;
  if (!(span > 0)) return [from];
  const rough = span / wanted;
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = size * ([1, 2, 5, 10].find((factor) => factor * size >= rough) ?? 10);
  const ticks: number[] = [];
  for (let tick = Math.ceil(from / step - 1e-9) * step; tick <= to + step * 1e-9; tick += step) {
    ticks.push(Number(tick.toPrecision(10)));
  }
  return ticks;
}

/** Powers of ten between two ends and their double and fivefold. */
export function logTicks(from: number, to: number): readonly number[] {
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(from)); power <= Math.ceil(Math.log10(to)); power++) {
    for (const factor of [1, 2, 5]) ticks.push(Number((factor * 10 ** power).toPrecision(3)));
  }
  return ticks.filter((tick) => tick >= from && tick <= to);
}
