/** Every run that left a folder: its curve, its last picture, what made it differ; a way to compare and to try again. */
import { Button } from '@mantine/core';
import { useCallback, useEffect, useState, type JSX } from 'react';
import { useStore } from 'zustand';
import type { ErrorReport } from '../../trainer/base/errors.ts';
import type { CallOutput, RunSummary } from '../../trainer/api/rpc/index.ts';
import { Comparison } from '../comparison/comparison.tsx';
import { Icon } from '../icons/icon.tsx';
import { copyText } from '../service/clipboard.ts';
import { useApp, type App } from '../state/app.ts';
import { useAttempt } from '../state/use-attempt.ts';
import { comparisonText } from '../text/comparison.ts';
import { runsText } from '../text/runs.ts';
import { RunFolders, type RunFolder } from './run-folders.tsx';
import { PlaceCard, TrashQuestion } from './run-questions.tsx';
import { RunTable } from './run-table.tsx';
import { RunTrash, type TrashedRun } from './run-trash.tsx';
import pages from './pages.module.css';
import classes from './runs-page.module.css';

interface Gone {
  readonly name: string;
  readonly trashed?: string;
}

interface Runs {
  readonly runs: readonly RunSummary[] | undefined;
  readonly failure: ErrorReport | undefined;
  /** What lies in ".trash". */
  readonly trashed: readonly TrashedRun[];
  /** The last that went: their names, and their places there where that is not the system's trash. */
  readonly gone: readonly Gone[];
  /** Where runs are looked for. */
  readonly listed: readonly RunFolder[];
  /** The folder that was added last. */
  readonly added: CallOutput<'runs.addFolder'> | undefined;
  /** Rejects where the folder holds no runs. */
  readonly addFolder: (folder: string) => Promise<void>;
  readonly forgetFolder: (folder: string) => Promise<void>;
  readonly trash: (runs: readonly RunSummary[]) => Promise<void>;
  readonly restore: (runs: readonly Pick<TrashedRun, 'trashed'>[]) => Promise<void>;
  readonly emptyTrash: () => Promise<void>;
  readonly attempt: (action: () => Promise<void>) => Promise<void>;
}

function useRuns({ connection: { client }, run, shell }: App): Runs {
  const [runs, setRuns] = useState<readonly RunSummary[]>();
  const { failure, attempt } = useAttempt();
  const [trashed, setTrashed] = useState<Runs['trashed']>([]);
  const [gone, setGone] = useState<Runs['gone']>([]);
  const [listed, setListed] = useState<Runs['listed']>([]);
  const [added, setAdded] = useState<Runs['added']>();
  const end = useStore(run, ({ status }) => status?.end?.kind);
  const look = useCallback(async () => {
    const [found, inTrash] = await Promise.all([client.call('runs.list', {}), client.call('runs.trashed', {})]);
    setRuns(found.runs);
    setListed(found.folders);
    setTrashed(inTrash.runs);
  }, [client]);
  useEffect(() => void attempt(look), [attempt, look, end]);
  const addFolder = async (folder: string): Promise<void> => {
    setAdded(await client.call('runs.addFolder', { folder }));
    await look();
  };
  const forgetFolder = async (folder: string): Promise<void> => {
    await client.call('runs.forgetFolder', { folder });
    setAdded(undefined);
    await look();
  };
  const trash = (doomed: readonly RunSummary[]): Promise<void> =>
    attempt(async () => {
      const went: Gone[] = [];
      try {
        for (const { folder, name } of doomed) {
          if (shell === undefined) went.push({ name, ...(await client.call('runs.trash', { folder })) });
          else {
            await shell.trashRun(folder);
            went.push({ name });
          }
        }
      } finally {
        setGone(went);
        await look();
      }
    });
  const restore = (wanted: readonly Pick<TrashedRun, 'trashed'>[]): Promise<void> =>
    attempt(async () => {
      setGone([]);
      try {
        for (const { trashed: path } of wanted) await client.call('runs.restore', { trashed: path });
      } finally {
        await look();
      }
    });
  const emptyTrash = (): Promise<void> =>
    attempt(async () => {
      setGone([]);
      await client.call('runs.emptyTrash', {});
      await look();
    });
  return { runs, failure, trashed, gone, listed, added, addFolder, forgetFolder, trash, restore, emptyTrash, attempt };
}

export function RunsPage(): JSX.Element {
  const app = useApp();
  const { runs, failure, trashed, gone, listed, added, addFolder, forgetFolder, trash, restore, emptyTrash, attempt } =
    useRuns(app);
  const [isTrashOpen, setTrashOpen] = useState(false);
  const [areFoldersOpen, setFoldersOpen] = useState(false);
  const [folders, setFolders] = useState<readonly string[]>([]);
  const [isComparing, setComparing] = useState(true);
  const [doomed, setDoomed] = useState<readonly RunSummary[]>([]);
  const [placed, setPlaced] = useState<RunSummary>();
  const selected = folders.flatMap((folder) => runs?.find((run) => run.folder === folder) ?? []);
  const select = ({ folder }: RunSummary): void =>
    setFolders(folders.includes(folder) ? folders.filter((one) => one !== folder) : [...folders, folder]);
  const clone = ({ table }: RunSummary): void => app.documents.take(table, () => app.view.getState().go('train'));
  const inTrash = gone.flatMap(({ trashed: path }) => (path === undefined ? [] : [{ trashed: path }]));
  const isOpen = isComparing && selected.length > 1;
  return (
    <>
      <div className={pages.header}>
        <h1 className={pages.title}>{runsText.title}</h1>
        {runs !== undefined && <span className={classes.quiet}>{runsText.count(runs.length)}</span>}
        {selected.length === 0 && (
          <Button variant="subtle" onClick={() => setFoldersOpen(true)}>
            {runsText.runFolders}
          </Button>
        )}
        {trashed.length > 0 && (
          <Button variant="subtle" onClick={() => setTrashOpen(true)}>
            {runsText.trashHolds(trashed.length)}
          </Button>
        )}
        {selected.length > 0 && (
          <div className={classes.selection}>
            <Button
              className={pages.chip ?? ''}
              leftSection={<Icon name="runs" size={15} />}
              disabled={selected.length < 2}
              title={selected.length < 2 ? comparisonText.chooseTwo : undefined}
              aria-expanded={isOpen}
              data-active={isOpen || undefined}
              onClick={() => setComparing(!isComparing)}
            >
              {comparisonText.compare(selected.length)}
            </Button>
            <Button disabled={selected.some(({ state }) => state === 'running')} onClick={() => setDoomed(selected)}>
              {runsText.trash}
            </Button>
            <Button onClick={() => setFolders([])}>{runsText.selectNone}</Button>
          </div>
        )}
      </div>
      {failure !== undefined && (
        <p className={classes.failure} role="alert">
          <strong>{failure.what}.</strong> {failure.fix}
        </p>
      )}
      {added !== undefined && (
        <p className={classes.notice} role="status">
          {runsText.added(added.runs, added.folder)}
        </p>
      )}
      {gone.length > 0 && (
        <p className={classes.notice} role="status">
          {runsText.wentToTrash(
            gone.map(({ name }) => name),
            inTrash[0]?.trashed.replace(/[\\/][^\\/]*$/, ''),
          )}
          {inTrash.length > 0 && (
            <Button variant="subtle" onClick={() => void restore(inTrash)}>
              {runsText.putBack}
            </Button>
          )}
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
          <RunTable
            runs={runs}
            selected={selected.map(({ folder }) => folder)}
            onSelect={select}
            onClone={clone}
            onTrash={(run) => setDoomed([run])}
            onPlace={setPlaced}
            onOpenFolder={({ folder }) => void attempt(async () => app.shell?.openFolder(folder))}
          />
        )}
      </div>
      {isOpen && <Comparison runs={selected} onClone={clone} attempt={attempt} onClose={() => setComparing(false)} />}
      <TrashQuestion
        runs={doomed}
        isSystems={app.shell !== undefined}
        onClose={() => setDoomed([])}
        onTrash={() => {
          setDoomed([]);
          void trash(doomed);
        }}
      />
      {areFoldersOpen && (
        <RunFolders folders={listed} onAdd={addFolder} onForget={forgetFolder} onClose={() => setFoldersOpen(false)} />
      )}
      {isTrashOpen && trashed.length > 0 && (
        <RunTrash
          runs={trashed}
          onRestore={(wanted) => void restore(wanted)}
          onEmpty={() => void emptyTrash()}
          onClose={() => setTrashOpen(false)}
        />
      )}
      <PlaceCard
        run={placed}
        onCopy={(folder) => {
          setPlaced(undefined);
          void attempt(() => copyText(folder));
        }}
        onClose={() => setPlaced(undefined)}
      />
    </>
  );
}
