/**
 * Loss curves of several runs on the same axes: rows that have a value of each run, where it had come that far.
 */
import type { RunHistory } from '../../trainer/api/rpc/index.ts';
import { downsample, firstAtLeast } from '../charts/downsample.ts';
import { lossRange } from '../charts/loss-points.ts';
import { USUAL_SMOOTHING } from '../run/curve.ts';
import { Metrics, smoothed } from '../run/metrics.ts';

export interface OverlayCurve {
  readonly metrics: Metrics;
  /** The smoothed loss of all its steps. */
  readonly smooth: Float64Array;
}

/** What the curves are laid along: steps, or seconds of training. */
export type OverlayAxis = 'step' | 'elapsed';

export interface OverlayRow {
  readonly x: number;
  /** One for each curve; `undefined` before its first step and after its last. */
  readonly loss: readonly (number | undefined)[];
  readonly smooth: readonly (number | undefined)[];
}

export function curveOf({ metrics: columns }: Pick<RunHistory, 'metrics'>): OverlayCurve {
  const metrics = Metrics.from(columns);
  return { metrics, smooth: smoothed(metrics.column('loss'), metrics.length, USUAL_SMOOTHING) };
}

/** Rows enough for the widest picture. */
export const OVERLAY_POINTS = 900;

/** Ends of the loss axis for those of the curves that are seen. */
export const overlayRange = (rows: readonly OverlayRow[], shown: readonly number[]): readonly [number, number] =>
  lossRange(
    rows.flatMap(({ loss, smooth }) =>
      shown.map((index) => ({ loss: loss[index] ?? Number.NaN, smooth: smooth[index] ?? Number.NaN })),
    ),
  );

/**
 * @param points how many rows about; each curve chooses its share of them, so that none loses its peaks to another
 */
export function overlayRows(curves: readonly OverlayCurve[], axis: OverlayAxis, points: number): readonly OverlayRow[] {
  const share = Math.max(3, Math.floor(points / Math.max(1, curves.length) / 2));
  const places = new Set<number>();
  for (const { metrics, smooth } of curves) {
    const x = metrics.column(axis);
    for (const y of [smooth, metrics.column('loss')]) {
      for (const index of downsample(x, y, share, 0, metrics.length)) places.add(x[index] ?? 0);
    }
  }
  return [...places]
    .sort((one, other) => one - other)
    .map((x) => {
      const indexes = curves.map(({ metrics }) => indexAt(metrics, axis, x));
      return {
        x,
        loss: curves.map(({ metrics }, curve) => finiteAt(metrics.column('loss'), indexes[curve])),
        smooth: curves.map(({ smooth }, curve) => finiteAt(smooth, indexes[curve])),
      };
    });
}

function indexAt(metrics: Metrics, axis: OverlayAxis, x: number): number | undefined {
  const column = metrics.column(axis);
  const index = firstAtLeast(column, x, metrics.length);
  const isBefore = index === 0 && (column[0] ?? 0) > x;
  return index >= metrics.length || isBefore ? undefined : index;
}

function finiteAt(values: Float64Array, index: number | undefined): number | undefined {
  const value = index === undefined ? undefined : values[index];
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}

/** Where the longest curve ends. */
export const overlayEnd = (curves: readonly OverlayCurve[], axis: OverlayAxis): number =>
  Math.max(0, ...curves.map(({ metrics }) => metrics.last(axis) ?? 0));
