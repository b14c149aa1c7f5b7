/** The loss of several runs on the same axes: smoothed lines over the raw ones, each with its colour and its dash. */
import { SegmentedControl } from '@mantine/core';
import { useMemo, type JSX } from 'react';
import {
  CartesianGrid,
  ComposedChart,
  Line,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
  type TooltipContentProps,
} from 'recharts';
import chart from '../charts/loss-chart.module.css';
import { GRID, LENGTH_AXIS, LOSS_AXIS, PLAIN_LINE, TIP } from '../charts/chart-looks.ts';
import { roundTicks } from '../charts/loss-points.ts';
import { exactDuration, loss as lossText } from '../text/amounts.ts';
import { comparisonText } from '../text/comparison.ts';
import {
  OVERLAY_POINTS,
  overlayEnd,
  overlayRange,
  overlayRows,
  type OverlayAxis,
  type OverlayCurve,
  type OverlayRow,
} from './overlay-points.ts';
import { lookOf } from './series.ts';
import classes from './comparison.module.css';

const RAW_OPACITY = 0.16;

interface LossOverlayProps {
  readonly names: readonly string[];
  readonly curves: readonly OverlayCurve[];
  /** Whose curves are seen. */
  readonly seen: readonly boolean[];
  readonly axis: OverlayAxis;
  readonly onAxis: (axis: OverlayAxis) => void;
}

export function LossOverlay({ names, curves, seen, axis, onAxis }: LossOverlayProps): JSX.Element {
  const rows = useMemo(() => overlayRows(curves, axis, OVERLAY_POINTS), [curves, axis]);
  return (
    <section className={classes.part} aria-labelledby="overlay-title">
      <div className={classes.partHead}>
        <h3 id="overlay-title">{comparisonText.lossTitle}</h3>
        <SegmentedControl
          aria-label={comparisonText.axis}
          value={axis}
          data={(['step', 'elapsed'] as const).map((value) => ({ value, label: comparisonText.by[value] }))}
          onChange={onAxis}
        />
      </div>
      {rows.length === 0 ? (
        <p className={classes.quiet}>{comparisonText.noLoss}</p>
      ) : (
        <div className={classes.chart} role="img" aria-label={comparisonText.curves(curves.map(curveWords(names)))}>
          <Chart rows={rows} axis={axis} end={overlayEnd(curves, axis)} names={names} seen={seen} />
        </div>
      )}
    </section>
  );
}

const curveWords = (names: readonly string[]) => (curve: OverlayCurve, index: number) => {
  const [from, to] = [curve.smooth[0], curve.smooth.at(-1)];
  return { name: names[index] ?? '', ...(from === undefined || to === undefined ? {} : { from, to }) };
};

interface ChartProps {
  readonly rows: readonly OverlayRow[];
  readonly axis: OverlayAxis;
  readonly end: number;
  readonly names: readonly string[];
  readonly seen: readonly boolean[];
}

function Chart({ rows, axis, end, names, seen }: ChartProps): JSX.Element {
  const shown = names.flatMap((_, index) => (seen[index] === true ? [index] : []));
  const [low, high] = overlayRange(rows, shown);
  const tip = (props: unknown): JSX.Element | null => (
    <Tip {...(props as TooltipContentProps<number, string>)} axis={axis} names={names} shown={shown} />
  );
  return (
    <ResponsiveContainer width="100%" height="100%" debounce={60}>
      <ComposedChart data={[...rows]} margin={{ top: 8, right: 8, bottom: 0, left: 0 }} accessibilityLayer={false}>
        <CartesianGrid {...GRID} />
        <XAxis
          {...LENGTH_AXIS}
          dataKey="x"
          domain={[0, end]}
          ticks={[...roundTicks(0, end, 5)]}
          tickFormatter={axis === 'step' ? String : exactDuration}
        />
        <YAxis {...LOSS_AXIS} domain={[low, high]} ticks={[...roundTicks(low, high)]} />
        {shown.map((index) => (
          <Line
            key={`raw ${index}`}
            dataKey={({ loss }: OverlayRow) => loss[index]}
            stroke={lookOf(index).colour}
            strokeWidth={1}
            strokeOpacity={RAW_OPACITY}
            {...PLAIN_LINE}
            activeDot={false}
          />
        ))}
        {shown.map((index) => (
          <Line
            key={`smooth ${index}`}
            dataKey={({ smooth }: OverlayRow) => smooth[index]}
            stroke={lookOf(index).colour}
            strokeWidth={2}
            strokeDasharray={lookOf(index).dash ?? ''}
            {...PLAIN_LINE}
          />
        ))}
        <Tooltip {...TIP} content={tip} />
      </ComposedChart>
    </ResponsiveContainer>
  );
}

interface TipProps extends TooltipContentProps<number, string> {
  readonly axis: OverlayAxis;
  readonly names: readonly string[];
  readonly shown: readonly number[];
}

function Tip({ active, payload, axis, names, shown }: TipProps): JSX.Element | null {
  const row = payload[0]?.payload as OverlayRow | undefined;
  if (!active || row === undefined) return null;
  return (
    <div className={chart.tip}>
      <strong>{comparisonText.at[axis](row.x)}</strong>
      {shown.map((index) => {
        const value = row.smooth[index];
        return (
          value !== undefined && (
            <div key={index} className={chart.tipRow}>
              <span className={chart.swatch} style={{ background: lookOf(index).colour }} />
              <span>{names[index]}</span>
              <span className={chart.tipValue}>{lossText(value)}</span>
            </div>
          )
        );
      })}
    </div>
  );
}
