/** The run in full: curve and log on the left, samples and their comparison on the right. */
import { SegmentedControl, Slider } from '@mantine/core';
import { useState, type JSX } from 'react';
import { useStore } from 'zustand';
import { LossChart } from '../charts/loss-chart.tsx';
import { RangeStrip } from '../charts/range-strip.tsx';
import { Icon } from '../icons/icon.tsx';
import { useApp } from '../state/app.ts';
import { runText } from '../text/run.ts';
import { percent } from '../text/amounts.ts';
import { USUAL_SMOOTHING, useCurve } from './curve.ts';
import { FailureCard } from './failure-card.tsx';
import { Bar, PhaseLabel, useProgress } from './progress.tsx';
import { RunButtons } from './run-buttons.tsx';
import { RunLog } from './run-log.tsx';
import { SampleMatrix } from './sample-matrix.tsx';
import classes from './run.module.css';

export function RunPage(): JSX.Element {
  const { run } = useApp();
  const status = useStore(run, (state) => state.status);
  if (status === undefined) {
    return (
      <div className={classes.noRun}>
        <Icon name="runs" size={36} />
        <h1 className={classes.bigHeading}>{runText.noRun}</h1>
        <p>{runText.noRunBody}</p>
        <RunButtons />
      </div>
    );
  }
  const failed = status.end?.kind === 'failed' ? status.end.error : undefined;
  return (
    <>
      <div className={classes.runHead}>
        <h1 className={classes.runTitle}>{status.name}</h1>
        <PhaseLabel />
        <HeadProgress />
        <RunButtons />
      </div>
      <div className={classes.runBody}>
        {failed !== undefined && <FailureCard error={failed} table={status.table} />}
        <div className={classes.columns}>
          <LossCard />
          <SampleMatrix />
          <RunLog />
        </div>
      </div>
    </>
  );
}

function HeadProgress(): JSX.Element {
  const { part, step, speed, time, exactTime } = useProgress();
  return (
    <div className={classes.headProgress}>
      <Bar part={part} />
      <div className={classes.facts}>
        <span>
          <strong>{percent(part)}</strong> {step}
        </span>
        <span>{speed}</span>
        <strong title={exactTime}>{time}</strong>
      </div>
    </div>
  );
}

const SERIES = ['smooth', 'raw', 'rate'] as const;
const NAMES = { smooth: runText.smoothedSeries, raw: runText.rawSeries, rate: runText.rateSeries } as const;

/** Position 0 to 1 of the slider: 0 is as it is, 1 averages about a thousand steps. */
const weightAt = (position: number): number => 1 - 10 ** (-3 * position);
const positionOf = (weight: number): number => -Math.log10(1 - weight) / 3;

function LossCard(): JSX.Element {
  const { run } = useApp();
  const [shows, setShows] = useState({ raw: true, smooth: true, rate: true });
  const [scale, setScale] = useState<'linear' | 'log'>('linear');
  const [position, setPosition] = useState(positionOf(USUAL_SMOOTHING));
  const [zoom, setZoom] = useState<readonly [number, number]>();
  const { metrics, revision, smooth } = useCurve(weightAt(position));
  const steps = useStore(run, ({ lastStep }) => lastStep?.steps);
  const done = metrics.last('step') ?? 0;
  const total = Math.max(1, steps ?? done);
  const range = zoom ?? ([0, Math.max(10, Math.min(total, done * 1.05))] as const);
  return (
    <section className={classes.card} data-area="loss" aria-labelledby="loss-title">
      <div className={classes.cardHead}>
        <h2 className={classes.heading} id="loss-title">
          {runText.loss}
        </h2>
        {SERIES.map((series) => (
          <button
            key={series}
            type="button"
            className={classes.legend}
            data-series={series}
            aria-pressed={shows[series]}
            onClick={() => setShows({ ...shows, [series]: !shows[series] })}
          >
            {NAMES[series]}
          </button>
        ))}
        <span className={classes.smoothing} title={runText.smoothing}>
          <span className={classes.smoothingName}>{runText.smoothing}</span>
          <Slider
            size="xs"
            thumbSize={14}
            min={0}
            max={1}
            step={0.01}
            label={null}
            value={position}
            onChange={setPosition}
            thumbLabel={runText.smoothing}
          />
        </span>
        <SegmentedControl
          aria-label={runText.scale}
          value={scale}
          data={[
            { value: 'linear', label: runText.linear },
            { value: 'log', label: runText.log },
          ]}
          onChange={(next) => setScale(next)}
        />
      </div>
      {metrics.length === 0 ? (
        <p className={classes.quiet}>{runText.firstLoss}</p>
      ) : (
        <>
          <div className={classes.largeChart}>
            <LossChart
              metrics={metrics}
              revision={revision}
              smooth={smooth}
              totalSteps={total}
              range={range}
              onRange={setZoom}
              shows={shows}
              scale={scale}
            />
          </div>
          <RangeStrip metrics={metrics} smooth={smooth} totalSteps={total} range={range} onRange={setZoom} />
          {zoom !== undefined && (
            <button type="button" className={classes.zoomOut} onClick={() => setZoom(undefined)}>
              {runText.zoomOut}
            </button>
          )}
        </>
      )}
    </section>
  );
}
