/**
 * The learning rate over a run, drawn small: what the schedule and its warmup will do, and where the run is in it.
 */
import type { JSX } from 'react';
import { rate } from '../text/amounts.ts';
import { planText } from '../text/plan.ts';
import classes from './lr-curve.module.css';

type Point = readonly [step: number, rate: number];

interface LrCurveProps {
  readonly points: readonly Point[];
  readonly totalSteps: number;
  /** The step that the run is at. */
  readonly now?: number | undefined;
}

const WIDTH = 300;
const HEIGHT = 52;

export function LrCurve({ points, totalSteps, now }: LrCurveProps): JSX.Element {
  const peak = Math.max(...points.map(([, value]) => value), 1e-12);
  const peakStep = points.find(([, value]) => value === peak)?.[0] ?? 0;
  const place = ([step, value]: Point): string =>
    `${((step / Math.max(1, totalSteps)) * WIDTH).toFixed(1)},${(HEIGHT - (value / peak) * HEIGHT).toFixed(1)}`;
  const done = now === undefined ? points : points.filter(([step]) => step <= now);
  const line = points.map(place).join(' ');
  const current = done.at(-1);
  return (
    <figure className={classes.figure}>
      <div className={classes.chart}>
        <span className={classes.peak}>{rate(peak)}</span>
        <span className={classes.zero}>0</span>
        <svg viewBox={`0 -3 ${WIDTH} ${HEIGHT + 4}`} preserveAspectRatio="none" aria-hidden>
          <polygon points={`0,${HEIGHT} ${line} ${WIDTH},${HEIGHT}`} className={classes.area} />
          <line x1={0} x2={WIDTH} y1={HEIGHT} y2={HEIGHT} className={classes.axis} />
          <polyline points={line} className={now === undefined ? classes.line : classes.ahead} />
          {now !== undefined && <polyline points={done.map(place).join(' ')} className={classes.line} />}
        </svg>
        {now !== undefined && current !== undefined && (
          <span
            className={classes.now}
            style={{
              left: `${(current[0] / Math.max(1, totalSteps)) * 100}%`,
              top: `${(1 - current[1] / peak) * 100}%`,
            }}
          >
            <span className={classes.nowText}>{planText.now(rate(current[1]))}</span>
          </span>
        )}
      </div>
      <figcaption className={classes.caption}>
        <span>0</span>
        {/* Where it has room between the 0 and the words in the middle. */}
        {peakStep > totalSteps * 0.04 && peakStep < totalSteps * 0.2 && (
          <span className={classes.at} style={{ left: `${(peakStep / totalSteps) * 100}%` }}>
            {peakStep}
          </span>
        )}
        <span>{planText.learningRate}</span>
        <span>{totalSteps}</span>
      </figcaption>
    </figure>
  );
}
