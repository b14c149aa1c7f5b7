/** Runs beside each other: their curves on the same axes, their samples at the same step, the settings that differ. */
import { Button, Menu } from '@mantine/core';
import { useMemo, useState, type JSX } from 'react';
import type { RunHistory, RunSummary } from '../../trainer/api/rpc/index.ts';
import { Icon } from '../icons/icon.tsx';
import { differenceRows } from '../pages/run-differences.ts';
import { useApp } from '../state/app.ts';
import { comparisonText } from '../text/comparison.ts';
import { runsText } from '../text/runs.ts';
import { alignedAt, sampledSteps } from './aligned-samples.ts';
import { comparisonPicture } from './comparison-picture.ts';
import { useHistories } from './histories.ts';
import { LossOverlay } from './loss-overlay.tsx';
import { curveOf, type OverlayAxis } from './overlay-points.ts';
import { SampleComparison } from './sample-comparison.tsx';
import { savePicture } from './save-picture.ts';
import { lookOf } from './series.ts';
import { OUTCOMES, SettingsComparison } from './settings-comparison.tsx';
import classes from './comparison.module.css';

interface ComparisonProps {
  /** In the order in which they were chosen: each keeps its colour. */
  readonly runs: readonly RunSummary[];
  readonly onClone: (run: RunSummary) => void;
  /** Does what may fail, and tells why it did. */
  readonly attempt: (action: () => Promise<void>) => Promise<void>;
  readonly onClose: () => void;
}

export function Comparison({ runs, onClone, attempt, onClose }: ComparisonProps): JSX.Element {
  const { pictureUrl } = useApp();
  const { histories, failure } = useHistories(runs);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [axis, setAxis] = useState<OverlayAxis>('step');
  const [wanted, setWanted] = useState<number>();
  const curves = useMemo(() => histories?.map(curveOf) ?? [], [histories]);
  const names = runs.map(({ name }) => name);
  const seen = runs.map(({ folder }) => !hidden.has(folder));
  const steps = sampledSteps((histories ?? []).map(({ samples }) => samples));
  const at = Math.min(wanted ?? Infinity, steps.length - 1);
  const exportPicture = (found: readonly RunHistory[]): void => {
    const step = steps[at] ?? 0;
    const samples = alignedAt(
      found.map((history) => history.samples),
      step,
    );
    const picture = comparisonPicture({ names, curves, seen, axis, samples, step, table: tableOf(runs) }, colourNow);
    void attempt(() => savePicture(picture, pictureUrl));
  };
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
        <div className={classes.actions}>
          <Menu position="bottom-end" shadow="md">
            <Menu.Target>
              <Button leftSection={<Icon name="copy" size={15} />} rightSection={<Icon name="chevronDown" size={14} />}>
                {runsText.clone}
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              {runs.map((run, index) => (
                <Menu.Item key={run.folder} leftSection={<SeriesMark index={index} />} onClick={() => onClone(run)}>
                  {run.name}
                </Menu.Item>
              ))}
            </Menu.Dropdown>
          </Menu>
          <Button
            leftSection={<Icon name="sample" size={15} />}
            disabled={histories === undefined}
            onClick={() => histories !== undefined && exportPicture(histories)}
          >
            {comparisonText.exportPicture}
          </Button>
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
            <LossOverlay names={names} curves={curves} seen={seen} axis={axis} onAxis={setAxis} />
            <SampleComparison histories={histories} steps={steps} at={at} onAt={setWanted} />
          </>
        )}
        <SettingsComparison runs={runs} />
      </div>
    </section>
  );
}

const tableOf = (runs: readonly RunSummary[]): readonly (readonly string[])[] => [
  ...differenceRows(runs.map(({ table }) => table)).map(({ label, values }) => [
    label,
    ...values.map((value) => value ?? comparisonText.notSet),
  ]),
  ...OUTCOMES.map(([label, read]) => [label, ...runs.map(read)]),
];

/** A colour of tokens.css as it is in the scheme that is on. */
const colourNow = (role: string): string => getComputedStyle(document.documentElement).getPropertyValue(role);

function SeriesMark({ index }: { readonly index: number }): JSX.Element {
  const { colour, dash } = lookOf(index);
  return (
    <svg viewBox="0 0 20 4" className={classes.mark} aria-hidden>
      <line x1="0" y1="2" x2="20" y2="2" stroke={colour} strokeWidth="2.5" strokeDasharray={dash} />
    </svg>
  );
}
