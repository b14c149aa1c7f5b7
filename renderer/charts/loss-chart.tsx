/**
 * The loss of a run: raw and smoothed, the learning rate on an axis of its own. Drag across it, or the strip below, to
 * look closer.
 */
import { useMemo, useState, type JSX } from 'react';
import {
  CartesianGrid,
  ComposedChart,
  Line,
  ReferenceArea,
  ReferenceDot,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
  type TooltipContentProps,
} from 'recharts';
import type { Metrics } from '../run/metrics.ts';
import { exactDuration, loss as lossText, rate as rateText } from '../text/amounts.ts';
import { runText } from '../text/run.ts';
import { GRID, LENGTH_AXIS, LOSS_AXIS, PLAIN_LINE, RATE_AXIS, TIP } from './chart-looks.ts';
import { logTicks, lossPoints, lossRange, roundTicks, type LossPoint } from './loss-points.ts';
import classes from './loss-chart.module.css';

export interface LossChartProps {
  readonly metrics: Metrics;
  /** Changes when the metrics grew. */
  readonly revision: number;
  readonly smooth: Float64Array;
  readonly totalSteps: number;
  /** The part to draw. */
  readonly range: readonly [number, number];
  readonly onRange?: (range: readonly [number, number] | undefined) => void;
  readonly shows: { readonly raw: boolean; readonly smooth: boolean; readonly rate: boolean };
  readonly scale: 'linear' | 'log';
  /** Only the curve and its axes, for the run panel. */
  readonly isSmall?: boolean;
}

const POINTS = { small: 240, large: 360 } as const;

export function LossChart(props: LossChartProps): JSX.Element {
  const { metrics, revision, smooth, range, shows, scale, isSmall = false, onRange } = props;
  const [from, to] = range;
  const data = useMemo(
    // The metrics grow in place: their revision stands for what is in them.
    () => (revision < 0 ? [] : lossPoints(metrics, smooth, { from, to, points: POINTS[isSmall ? 'small' : 'large'] })),
    [metrics, revision, smooth, from, to, isSmall],
  );
  const [low, high] = useMemo(() => lossRange(data), [data]);
  const bottom = scale === 'log' ? Math.max(low, high / 1000, 1e-9) : low;
  const ticks = scale === 'log' ? logTicks(bottom, high) : roundTicks(bottom, high, isSmall ? 3 : 4);
  const last = data.at(-1);
  const brush = useBrush(onRange);
  const peakRate = Math.max(...data.map(({ rate }) => rate), 1e-12);
  return (
    <div className={classes.chart} data-small={isSmall || undefined}>
      <ResponsiveContainer width="100%" height="100%" debounce={60}>
        <ComposedChart
          data={data}
          margin={{ top: 8, right: isSmall ? 8 : 4, bottom: 0, left: 0 }}
          accessibilityLayer={false}
          {...brush.handlers}
        >
          <CartesianGrid {...GRID} />
          <XAxis
            {...LENGTH_AXIS}
            dataKey="step"
            domain={[from, to]}
            ticks={[...roundTicks(from, to, isSmall ? 4 : 6)]}
            allowDataOverflow
          />
          <YAxis {...LOSS_AXIS} yAxisId="loss" scale={scale} domain={[bottom, high]} ticks={[...ticks]} />
          {shows.rate && (
            <YAxis
              {...RATE_AXIS}
              yAxisId="rate"
              domain={[0, peakRate * 1.1]}
              ticks={[...roundTicks(0, peakRate * 1.1, 3)]}
              tickFormatter={rateText}
            />
          )}
          {shows.raw && (
            <Line
              yAxisId="loss"
              dataKey="loss"
              stroke="var(--series-1)"
              strokeWidth={1}
              strokeOpacity={0.36}
              {...PLAIN_LINE}
            />
          )}
          {shows.smooth && (
            <Line yAxisId="loss" dataKey="smooth" stroke="var(--series-1)" strokeWidth={2} {...PLAIN_LINE} />
          )}
          {shows.rate && (
            <Line
              yAxisId="rate"
              dataKey="rate"
              stroke="var(--series-3)"
              strokeWidth={1.5}
              strokeDasharray="5 4"
              {...PLAIN_LINE}
            />
          )}
          {last !== undefined && shows.smooth && last.step <= to && (
            <ReferenceDot yAxisId="loss" x={last.step} y={last.smooth} r={3.5} fill="var(--series-1)" stroke="none" />
          )}
          {brush.area !== undefined && (
            <ReferenceArea
              yAxisId="loss"
              x1={brush.area[0]}
              x2={brush.area[1]}
              fill="var(--accent)"
              fillOpacity={0.12}
            />
          )}
          {!isSmall && (
            <Tooltip {...TIP} content={(tip) => <Tip {...(tip as TooltipContentProps<number, string>)} />} />
          )}
        </ComposedChart>
      </ResponsiveContainer>
    </div>
  );
}

interface ChartPointer {
  readonly activeLabel?: string | number | undefined;
}

/** Pressing, dragging and letting go choose a part of the steps. */
function useBrush(onRange: LossChartProps['onRange']): {
  readonly area: readonly [number, number] | undefined;
  readonly handlers: Record<string, (pointer: ChartPointer) => void>;
} {
  const [area, setArea] = useState<readonly [number, number]>();
  if (onRange === undefined) return { area: undefined, handlers: {} };
  const stepOf = ({ activeLabel }: ChartPointer): number | undefined =>
    activeLabel === undefined ? undefined : Number(activeLabel);
  const handlers = {
    onMouseDown: (pointer: ChartPointer) => {
      const step = stepOf(pointer);
      if (step !== undefined) setArea([step, step]);
    },
    onMouseMove: (pointer: ChartPointer) => {
      const step = stepOf(pointer);
      if (step !== undefined && area !== undefined) setArea([area[0], step]);
    },
    onMouseUp: () => {
      setArea(undefined);
      if (area !== undefined && area[0] !== area[1]) onRange([Math.min(...area), Math.max(...area)]);
    },
    onMouseLeave: () => setArea(undefined),
    onDoubleClick: () => onRange(undefined),
  };
  return { area, handlers };
}

function Tip({ active, payload }: TooltipContentProps<number, string>): JSX.Element | null {
  const point = payload[0]?.payload as LossPoint | undefined;
  if (!active || point === undefined) return null;
  const rows = [
    ['smooth', runText.lossSmoothed, lossText(point.smooth)],
    ['raw', runText.lossRaw, lossText(point.loss)],
    ['rate', runText.rateSeries, rateText(point.rate)],
    ['', runText.time, exactDuration(point.elapsed)],
  ] as const;
  return (
    <div className={classes.tip}>
      <strong>{runText.step(point.step)}</strong>
      {rows.map(([series, name, value]) => (
        <div key={name} className={classes.tipRow}>
          <span className={classes.swatch} data-series={series} />
          <span>{name}</span>
          <span className={classes.tipValue}>{value}</span>
        </div>
      ))}
    </div>
  );
}
