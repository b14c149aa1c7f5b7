/** The run beside the form: how far, how it learns, what it draws, and what can be done. */
import { useMemo, useState, type ComponentProps, type JSX } from 'react';
import { useStore } from 'zustand';
import { LossChart } from '../charts/loss-chart.tsx';
import { Icon } from '../icons/icon.tsx';
import { useApp } from '../state/app.ts';
import { isOn } from '../state/run.ts';
import { useWords } from '../state/words.ts';
import { loss as lossText, percent } from '../text/amounts.ts';
import { runText } from '../text/run.ts';
import type { Choice } from './chosen-samples.ts';
import { useCurve } from './curve.ts';
import { FullSize } from './full-size.tsx';
import { matrixOf } from './matrix.ts';
import { MendButtons } from './mend-buttons.tsx';
import { Bar, PhaseLabel, useProgress } from './progress.tsx';
import { RunButtons } from './run-buttons.tsx';
import classes from './run.module.css';

export function RunPanel(): JSX.Element {
  const { run, view } = useApp();
  const status = useStore(run, (state) => state.status);
  const failed = status?.end?.kind === 'failed' ? status.end.error : undefined;
  return (
    <div className={classes.panel}>
      <div className={classes.panelHead}>
        <h2 className={classes.heading}>{runText.panel}</h2>
        <PhaseLabel />
        {status !== undefined && (
          <>
            <span className={classes.runName}>{status.name}</span>
            <button
              type="button"
              className={classes.iconButton}
              aria-label={runText.openRun}
              title={runText.openRun}
              onClick={() => view.getState().go('run')}
            >
              <Icon name="expand" size={15} />
            </button>
          </>
        )}
      </div>
      <div className={classes.panelBody}>
        {status === undefined ? (
          <div className={classes.empty}>
            <Icon name="runs" size={28} />
            <strong>{runText.noRun}</strong>
            <span>{runText.noRunBody}</span>
          </div>
        ) : (
          <>
            <PanelProgress />
            {failed !== undefined && <PanelFailure error={failed} table={status.table} />}
            <PanelLoss />
            <PanelSamples />
          </>
        )}
      </div>
      <div className={classes.panelFoot}>
        <RunButtons />
      </div>
    </div>
  );
}

function PanelFailure({ error, table }: ComponentProps<typeof MendButtons>): JSX.Element {
  const { what, fix } = useWords()(error);
  return (
    <div className={classes.failure} role="alert">
      <strong>{what}</strong>
      <span>{fix}</span>
      <MendButtons error={error} table={table} />
    </div>
  );
}

function PanelProgress(): JSX.Element {
  const { part, step, epoch, speed, time, exactTime } = useProgress();
  return (
    <section className={classes.block}>
      <div className={classes.figures}>
        <span className={classes.percent}>{percent(part)}</span>
        <span className={classes.left} title={exactTime}>
          {time}
        </span>
      </div>
      <Bar part={part} />
      <div className={classes.facts}>
        <span>{step}</span>
        <span>{epoch}</span>
        <span>{speed}</span>
      </div>
    </section>
  );
}

const SHOWS = { raw: true, smooth: true, rate: false } as const;

function PanelLoss(): JSX.Element {
  const { run } = useApp();
  const { metrics, revision, smooth } = useCurve();
  const steps = useStore(run, ({ lastStep }) => lastStep?.steps);
  const total = steps ?? metrics.last('step') ?? 1;
  const last = smooth.at(-1);
  return (
    <section className={classes.block}>
      <div className={classes.blockHead}>
        <h3 className={classes.heading}>{runText.loss}</h3>
        <span className={classes.key} data-series="raw">
          {runText.raw}
        </span>
        <span className={classes.key} data-series="smooth">
          {runText.smoothed}
        </span>
        {last !== undefined && <strong className={classes.end}>{lossText(last)}</strong>}
      </div>
      {metrics.length === 0 ? (
        <p className={classes.quiet}>{runText.firstLoss}</p>
      ) : (
        <div
          className={classes.smallChart}
          role="img"
          aria-label={runText.lossCurve(lossText(smooth[0] ?? 0), lossText(last ?? 0), metrics.last('step') ?? 0)}
        >
          <LossChart
            metrics={metrics}
            revision={revision}
            smooth={smooth}
            totalSteps={total}
            range={[0, total]}
            shows={SHOWS}
            scale="linear"
            isSmall
          />
        </div>
      )}
    </section>
  );
}

const SHOWN = 4;

function PanelSamples(): JSX.Element {
  const { run, pictureUrl } = useApp();
  const samples = useStore(run, (state) => state.samples);
  const matrix = useMemo(() => matrixOf(samples), [samples]);
  const [choice, setChoice] = useState<Choice>();
  const on = useStore(run, (state) => isOn(state.status));
  const newest = samples.at(-1)?.step;
  const shown = samples.filter(({ step }) => step === newest).slice(0, SHOWN);
  if (newest === undefined && !on) return <></>;
  return (
    <section className={classes.block}>
      <div className={classes.blockHead}>
        <h3 className={classes.heading}>{runText.samples}</h3>
        {newest !== undefined && <span className={classes.quiet}>{runText.atStep(newest)}</span>}
      </div>
      {newest === undefined ? (
        <p className={classes.quiet}>{runText.noSamples}</p>
      ) : (
        <div className={classes.two}>
          {shown.map(({ file, prompt, promptIndex, step }) => (
            <button
              key={file}
              type="button"
              className={classes.sample}
              onClick={() => setChoice({ row: promptIndex, b: step })}
            >
              <img src={pictureUrl(file, 320)} alt={`${prompt}, ${runText.atStep(step)}`} />
              <span>{prompt}</span>
            </button>
          ))}
        </div>
      )}
      <FullSize matrix={matrix} choice={choice} onChoose={setChoice} onClose={() => setChoice(undefined)} />
    </section>
  );
}
