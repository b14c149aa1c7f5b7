/** Runs beside each other: their curves on the same axes, their samples at the same step, the settings that differ. */
import { useState, type JSX } from 'react';
import type { RunSummary } from '../../trainer/api/rpc/index.ts';
import { Icon } from '../icons/icon.tsx';
import { comparisonText } from '../text/comparison.ts';
import { useHistories } from './histories.ts';
import { LossOverlay } from './loss-overlay.tsx';
import { SampleComparison } from './sample-comparison.tsx';
import { lookOf } from './series.ts';
import { SettingsComparison } from './settings-comparison.tsx';
import classes from './comparison.module.css';

interface ComparisonProps {
  /** In the order in which they were chosen: each keeps its colour. */
  readonly runs: readonly RunSummary[];
  readonly onClose: () => void;
}

export function Comparison({ runs, onClose }: ComparisonProps): JSX.Element {
  const { histories, failure } = useHistories(runs);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const toggle = (folder: string): void =>
    setHidden(
      (before) => new Set(before.has(folder) ? [...before].filter((one) => one !== folder) : [...before, folder]),
    );
  return (
    <section className={classes.comparison} aria-labelledby="comparison-title">
      <div className={classes.head}>
        <h2 id="comparison-title">{comparisonText.compare(runs.length)}</h2>
        <div className={classes.legend} role="group" aria-label={comparisonText.runs}>
          {runs.map(({ folder, name }, index) => (
            <button key={folder} type="button" aria-pressed={!hidden.has(folder)} onClick={() => toggle(folder)}>
              <SeriesMark index={index} />
              {name}
            </button>
          ))}
        </div>
        <button type="button" className={classes.close} aria-label={comparisonText.close} onClick={onClose}>
          <Icon name="close" size={16} />
        </button>
      </div>
      {failure !== undefined && (
        <p className={classes.failure} role="alert">
          <strong>{failure.what}.</strong> {failure.fix}
        </p>
      )}
      <div className={classes.parts}>
        {histories === undefined ? (
          <p className={classes.quiet} role="status">
            {failure === undefined && comparisonText.loading}
          </p>
        ) : (
          <>
            <LossOverlay histories={histories} hidden={hidden} />
            <SampleComparison histories={histories} />
          </>
        )}
        <SettingsComparison runs={runs} />
      </div>
    </section>
  );
}

function SeriesMark({ index }: { readonly index: number }): JSX.Element {
  const { colour, dash } = lookOf(index);
  return (
    <svg viewBox="0 0 20 4" className={classes.mark} aria-hidden>
      <line x1="0" y1="2" x2="20" y2="2" stroke={colour} strokeWidth="2.5" strokeDasharray={dash} />
    </svg>
  );
}
