/** The smoothed loss of the run that is on, computed once for all that draw it. */
import { useDeferredValue, useMemo } from 'react';
import { useStore } from 'zustand';
import { useApp } from '../state/app.ts';
import type { Metrics } from './metrics.ts';
import { smoothed } from './metrics.ts';

export const USUAL_SMOOTHING = 0.97;

export interface Curve {
  readonly metrics: Metrics;
  readonly revision: number;
  readonly smooth: Float64Array;
}

export function useCurve(weight = USUAL_SMOOTHING): Curve {
  const { run } = useApp();
  const metrics = useStore(run, (state) => state.metrics);
  // Deferred: a chart is drawn in pieces between which whoever types or scrolls is served.
  const revision = useDeferredValue(useStore(run, (state) => state.revision));
  const smooth = useMemo(
    () => (revision < 0 ? new Float64Array() : smoothed(metrics.column('loss'), metrics.length, weight)),
    [metrics, revision, weight],
  );
  return { metrics, revision, smooth };
}
