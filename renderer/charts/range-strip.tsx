/**
 * The whole run as a strip with two handles: the part between them is what the chart above shows.
 */
import { useMemo, useRef, type JSX, type KeyboardEvent, type PointerEvent } from 'react';
import { must } from '../../trainer/base/errors.ts';
import type { Metrics } from '../run/metrics.ts';
import { runText } from '../text/run.ts';
import { downsample } from './downsample.ts';
import { lossRange } from './loss-points.ts';
import classes from './loss-chart.module.css';

interface RangeStripProps {
  readonly metrics: Metrics;
  readonly smooth: Float64Array;
  readonly totalSteps: number;
  readonly range: readonly [number, number];
  readonly onRange: (range: readonly [number, number]) => void;
}

const WIDTH = 600;
const HEIGHT = 36;
const POINTS = 160;

export function RangeStrip({ metrics, smooth, totalSteps, range, onRange }: RangeStripProps): JSX.Element {
  const strip = useRef<HTMLDivElement>(null);
  const line = useMemo(() => stripLine(metrics, smooth, totalSteps), [metrics, smooth, totalSteps]);
  const least = Math.max(2, Math.round(totalSteps / 100));
  const move = (end: 0 | 1, step: number): void => {
    const rounded = Math.round(Math.min(totalSteps, Math.max(0, step)));
    onRange(
      end === 0 ? [Math.min(rounded, range[1] - least), range[1]] : [range[0], Math.max(rounded, range[0] + least)],
    );
  };
  return (
    <div className={classes.strip} ref={strip}>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden>
        <polyline points={line} />
      </svg>
      <span className={classes.stripText}>{runText.wholeRun(totalSteps)}</span>
      <div
        className={classes.window}
        style={{ left: `${(range[0] / totalSteps) * 100}%`, right: `${100 - (range[1] / totalSteps) * 100}%` }}
      />
      {([0, 1] as const).map((end) => (
        <button
          key={end}
          type="button"
          role="slider"
          className={classes.handle}
          style={{ left: `clamp(4px, ${(range[end] / totalSteps) * 100}%, calc(100% - 4px))` }}
          aria-label={end === 0 ? runText.zoomStart : runText.zoomEnd}
          aria-valuemin={0}
          aria-valuemax={totalSteps}
          aria-valuenow={range[end]}
          onPointerDown={({ currentTarget, pointerId }: PointerEvent<HTMLButtonElement>) =>
            currentTarget.setPointerCapture(pointerId)
          }
          onPointerMove={({ currentTarget, pointerId, clientX }: PointerEvent<HTMLButtonElement>) => {
            if (!currentTarget.hasPointerCapture(pointerId)) return;
            const box = must(strip.current, 'the strip').getBoundingClientRect();
            move(end, ((clientX - box.left) / box.width) * totalSteps);
          }}
          onKeyDown={(event: KeyboardEvent) => {
            const direction = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
            if (direction === 0) return;
            event.preventDefault();
            move(end, range[end] + direction * Math.max(1, totalSteps / 50));
          }}
        />
      ))}
    </div>
  );
}

function stripLine(metrics: Metrics, smooth: Float64Array, totalSteps: number): string {
  const length = Math.min(metrics.length, smooth.length);
  const step = metrics.column('step');
  const kept = [...downsample(step, smooth, POINTS, 0, length)];
  const values = kept.map((index) => ({
    step: 0,
    loss: smooth[index] ?? 0,
    smooth: smooth[index] ?? 0,
    rate: 0,
    elapsed: 0,
  }));
  const [low, high] = lossRange(values);
  return kept
    .map((index) => {
      const x = ((step[index] ?? 0) / totalSteps) * WIDTH;
      const y = HEIGHT - 4 - (((smooth[index] ?? 0) - low) / (high - low)) * (HEIGHT - 8);
      return `${x.toFixed(1)},${y.toFixed(1)}`;
    })
    .join(' ');
}
