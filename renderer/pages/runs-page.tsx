/** Every run that left a folder: its curve, its last picture, what made it differ; and a way to try it again. */
import { Button, Menu, Modal } from '@mantine/core';
import { useCallback, useEffect, useState, type JSX } from 'react';
import { useStore } from 'zustand';
import type { ErrorReport } from '../../trainer/base/errors.ts';
import type { RunSummary } from '../../trainer/api/rpc/index.ts';
import { Icon } from '../icons/icon.tsx';
import { useApp, type App } from '../state/app.ts';
import { reportOf } from '../state/failures.ts';
import { exactDuration, loss as lossText } from '../text/amounts.ts';
import { runsText, when } from '../text/runs.ts';
import { differingSettings, sparkline } from './run-differences.ts';
import pages from './pages.module.css';
import classes from './runs-page.module.css';

const MOST_CHIPS = 3;

function useRuns({ connection, run }: App): {
  readonly runs: readonly RunSummary[] | undefined;
  readonly failure: ErrorReport | undefined;
  readonly look: () => void;
} {
  const [runs, setRuns] = useState<readonly RunSummary[]>();
  const [failure, setFailure] = useState<ErrorReport>();
  const end = useStore(run, ({ status }) => status?.end?.kind);
  const look = useCallback(() => {
    connection.client.call('runs.list', {}).then(
      ({ runs: found }) => setRuns(found),
      (error: unknown) => setFailure(reportOf(error)),
    );
  }, [connection]);
  useEffect(look, [look, end]);
  return { runs, failure, look };
}

export function RunsPage(): JSX.Element {
  const app = useApp();
  const { runs, failure, look } = useRuns(app);
  const [doomed, setDoomed] = useState<RunSummary>();
  const [problem, setProblem] = useState<ErrorReport>();
  const trash = async ({ folder }: RunSummary): Promise<void> => {
    setDoomed(undefined);
    await app.connection.client
      .call('runs.trash', { folder })
      .then(look, (error: unknown) => setProblem(reportOf(error)));
  };
  const said = problem ?? failure;
  return (
    <>
      <div className={pages.header}>
        <h1 className={pages.title}>{runsText.title}</h1>
        {runs !== undefined && <span className={classes.quiet}>{runsText.count(runs.length)}</span>}
      </div>
      {said !== undefined && (
        <p className={classes.failure} role="alert">
          <strong>{said.what}.</strong> {said.fix}
        </p>
      )}
      <div className={pages.scroll}>
        {runs === undefined ? (
          <p className={classes.empty} role="status">
            {failure === undefined && runsText.loading}
          </p>
        ) : runs.length === 0 ? (
          <div className={classes.empty}>
            <h2>{runsText.none}</h2>
            <p>{runsText.noneBody}</p>
          </div>
        ) : (
          <RunTable runs={runs} onTrash={setDoomed} />
        )}
      </div>
      <Modal
        opened={doomed !== undefined}
        onClose={() => setDoomed(undefined)}
        title={<strong>{runsText.trashTitle(doomed?.name ?? '')}</strong>}
        centered
        closeButtonProps={{ 'aria-label': runsText.cancel }}
      >
        <p className={classes.quiet}>{runsText.trashBody}</p>
        <div className={classes.buttons}>
          <Button onClick={() => setDoomed(undefined)}>{runsText.cancel}</Button>
          <Button data-danger onClick={() => doomed !== undefined && void trash(doomed)}>
            {runsText.trash}
          </Button>
        </div>
      </Modal>
    </>
  );
}

interface RunTableProps {
  readonly runs: readonly RunSummary[];
  readonly onTrash: (run: RunSummary) => void;
}

const HEADS = ['run', 'started', 'state', 'steps', 'loss', 'finalLoss', 'time', 'differs'] as const;
const NUMBERS: ReadonlySet<string> = new Set(['finalLoss', 'time']);

function RunTable({ runs, onTrash }: RunTableProps): JSX.Element {
  const differing = differingSettings(runs.map(({ table }) => table));
  return (
    <table className={classes.table}>
      <thead>
        <tr>
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
        {runs.map((run, index) => (
          <Row key={run.folder} run={run} chips={differing[index] ?? []} onTrash={() => onTrash(run)} />
        ))}
      </tbody>
    </table>
  );
}

interface RowProps {
  readonly run: RunSummary;
  readonly chips: readonly string[];
  readonly onTrash: () => void;
}

function Row({ run, chips, onTrash }: RowProps): JSX.Element {
  const { pictureUrl } = useApp();
  return (
    <tr>
      <th scope="row">
        <span className={classes.name}>
          {run.picture === undefined ? (
            <span className={classes.noPicture}>
              <Icon name="dataset" size={16} />
            </span>
          ) : (
            <img src={pictureUrl(run.picture, 96)} alt="" loading="lazy" />
          )}
          {run.name}
        </span>
      </th>
      <td title={new Date(run.startedAt).toLocaleString('en-GB')}>{when(run.startedAt, Date.now())}</td>
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
      <td>
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
      </td>
      <td>
        <RowMenu run={run} onTrash={onTrash} />
      </td>
    </tr>
  );
}

function RowMenu({ run, onTrash }: Pick<RowProps, 'run' | 'onTrash'>): JSX.Element {
  const { documents, shell, view } = useApp();
  const clone = (): void =>
    documents.take(run.table, () => {
      view.getState().go('train');
    });
  return (
    <Menu position="bottom-end" shadow="md">
      <Menu.Target>
        <button type="button" className={classes.menu} aria-label={`${runsText.actions}: ${run.name}`}>
          <Icon name="more" size={17} />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={clone}>{runsText.clone}</Menu.Item>
        {shell !== undefined && (
          <Menu.Item onClick={() => void shell.openFolder(run.folder)}>{runsText.openFolder}</Menu.Item>
        )}
        <Menu.Item disabled={run.state === 'running'} onClick={onTrash}>
          {runsText.trash}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
