/** Runs as a table: a picture, a curve and what set each apart, with what can be done about it. */
import { Checkbox, Menu } from '@mantine/core';
import type { CSSProperties, JSX } from 'react';
import { useStore } from 'zustand';
import type { RunSummary } from '../../trainer/api/rpc/index.ts';
import { lookOf, MOST_COMPARED } from '../comparison/series.ts';
import { Icon } from '../icons/icon.tsx';
import { resumeRun } from '../run/actions.ts';
import { RunPicture } from '../run/run-picture.tsx';
import { useApp } from '../state/app.ts';
import { isOn } from '../state/run.ts';
import { exactDuration, fileSize, loss as lossText } from '../text/amounts.ts';
import { comparisonText } from '../text/comparison.ts';
import { exactTime, runsText, when } from '../text/runs.ts';
import { differingSettings, fileBytes, sparkline } from './run-differences.ts';
import classes from './runs-page.module.css';

const MOST_CHIPS = 3;

export interface RunActions {
  readonly onSelect: (run: RunSummary) => void;
  readonly onClone: (run: RunSummary) => void;
  readonly onTrash: (run: RunSummary) => void;
  readonly onPlace: (run: RunSummary) => void;
  readonly onOpenFolder: (run: RunSummary) => void;
}

interface RunTableProps extends RunActions {
  readonly runs: readonly RunSummary[];
  /** Folders, in the order in which they were chosen. */
  readonly selected: readonly string[];
}

const HEADS = ['run', 'started', 'state', 'steps', 'loss', 'finalLoss', 'time', 'differs', 'file'] as const;
const NUMBERS: ReadonlySet<string> = new Set(['finalLoss', 'time', 'file']);

export function RunTable({ runs, selected, ...actions }: RunTableProps): JSX.Element {
  const differing = differingSettings(runs.map(({ table }) => table));
  return (
    <table className={classes.table}>
      <thead>
        <tr>
          <th scope="col">
            <span className="visually-hidden">{runsText.select}</span>
          </th>
          {HEADS.map((head) => (
            <th key={head} scope="col" data-number={NUMBERS.has(head) || undefined}>
              {runsText[head]}
            </th>
          ))}
          <th scope="col">
            <span className="visually-hidden">{runsText.actions}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {runs.map((run, index) => {
          const place = selected.indexOf(run.folder);
          return (
            <Row
              key={run.folder}
              run={run}
              chips={differing[index] ?? []}
              series={place < 0 ? undefined : place}
              isFull={selected.length >= MOST_COMPARED}
              {...actions}
            />
          );
        })}
      </tbody>
    </table>
  );
}

interface RowProps extends RunActions {
  readonly run: RunSummary;
  readonly chips: readonly string[];
  /** Which curve of the comparison it is. */
  readonly series: number | undefined;
  readonly isFull: boolean;
}

function Row({ run, chips, series, isFull, ...actions }: RowProps): JSX.Element {
  const look = series === undefined ? {} : ({ '--series': lookOf(series).colour } as CSSProperties);
  const bytes = fileBytes(run);
  const cannot = series === undefined && isFull;
  return (
    <tr data-selected={series !== undefined || undefined} style={look}>
      <td title={cannot ? comparisonText.atMost(MOST_COMPARED) : undefined}>
        <Checkbox
          size="xs"
          color="var(--series)"
          aria-label={comparisonText.select(run.name)}
          checked={series !== undefined}
          disabled={cannot}
          onChange={() => actions.onSelect(run)}
        />
      </td>
      <th scope="row">
        <RunName run={run} />
      </th>
      <td title={exactTime(run.startedAt)}>{when(run.startedAt, Date.now())}</td>
      <td>
        <span className={classes.state} data-state={run.state}>
          {run.state === 'done' && <Icon name="check" size={14} />}
          {run.state === 'failed' && <Icon name="error" size={14} />}
          {runsText.states[run.state]}
        </span>
      </td>
      <td>{run.steps === undefined || run.steps === run.step ? run.step : `${run.step} / ${run.steps}`}</td>
      <td>
        {run.reason ?? (
          <svg className={classes.spark} viewBox="0 0 120 28" preserveAspectRatio="none" aria-hidden>
            <polyline points={sparkline(run.sparkline, 120, 28)} />
          </svg>
        )}
      </td>
      <td data-number>{run.loss === undefined ? '' : lossText(run.loss)}</td>
      <td data-number>{exactDuration(run.seconds)}</td>
      <td className={classes.differing} title={chips.join(', ')}>
        <Chips chips={chips} />
      </td>
      <td data-number>{bytes === undefined ? '' : fileSize(bytes)}</td>
      <td>
        <RowMenu run={run} {...actions} />
      </td>
    </tr>
  );
}

function RunName({ run }: Pick<RowProps, 'run'>): JSX.Element {
  return (
    <span className={classes.name}>
      <RunPicture picture={run.picture} icon="dataset" />
      {run.name}
    </span>
  );
}

function Chips({ chips }: Pick<RowProps, 'chips'>): JSX.Element {
  return (
    <span className={classes.chips}>
      {chips.slice(0, MOST_CHIPS).map((chip) => (
        <span key={chip} className={classes.chip}>
          {chip}
        </span>
      ))}
      {chips.length > MOST_CHIPS && (
        <span className={classes.quiet} title={chips.slice(MOST_CHIPS).join(', ')}>
          {runsText.more(chips.length - MOST_CHIPS)}
        </span>
      )}
    </span>
  );
}

function RowMenu({ run, onClone, onTrash, onPlace, onOpenFolder }: RunActions & Pick<RowProps, 'run'>): JSX.Element {
  const app = useApp();
  const { shell, view, run: shown } = app;
  const training = useStore(shown, ({ status }) => isOn(status));
  // The Run page shows one run, and the one that is on comes first.
  const isBehind = training && run.state !== 'running';
  const open = (): void => {
    if (run.state !== 'running') void shown.getState().open(run.folder);
    view.getState().go('run');
  };
  const resume = (): void => {
    void resumeRun(app, run.folder);
    view.getState().go('run');
  };
  return (
    <Menu position="bottom-end" shadow="md">
      <Menu.Target>
        <button type="button" className={classes.menu} aria-label={`${runsText.actions}: ${run.name}`}>
          <Icon name="more" size={17} />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item disabled={isBehind} title={isBehind ? runsText.oneAtATime : undefined} onClick={open}>
          {runsText.open}
        </Menu.Item>
        {run.resumable && (
          <Menu.Item disabled={isBehind} title={isBehind ? runsText.oneAtATime : undefined} onClick={resume}>
            {runsText.resume}
          </Menu.Item>
        )}
        <Menu.Item onClick={() => onClone(run)}>{runsText.clone}</Menu.Item>
        {shell === undefined ? (
          <Menu.Item onClick={() => onPlace(run)}>{runsText.showPlace}</Menu.Item>
        ) : (
          <Menu.Item onClick={() => onOpenFolder(run)}>{runsText.openFolder}</Menu.Item>
        )}
        <Menu.Item disabled={run.state === 'running'} onClick={() => onTrash(run)}>
          {runsText.trash}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
