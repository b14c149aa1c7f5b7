/** What the folders of the chosen runs tell; of a run that is on, again every few seconds. */
import { useEffect, useState } from 'react';
import type { ErrorReport } from '../../trainer/base/errors.ts';
import type { RunHistory, RunSummary } from '../../trainer/api/rpc/index.ts';
import { useApp } from '../state/app.ts';
import { isCancelled, reportOf } from '../state/failures.ts';

const PAUSE_WHILE_ON = 5000;

export interface Histories {
  /** In the order of the runs, once all have come. */
  readonly histories: readonly RunHistory[] | undefined;
  readonly failure: ErrorReport | undefined;
}

export function useHistories(runs: readonly RunSummary[]): Histories {
  const { client } = useApp().connection;
  const [found, setFound] = useState<readonly RunHistory[]>([]);
  const [failure, setFailure] = useState<ErrorReport>();
  const folders = runs.map(({ folder }) => folder).join('\n');
  const isOn = runs.some(({ state }) => state === 'running');
  useEffect(() => {
    const controller = new AbortController();
    const look = async (): Promise<void> => {
      try {
        const wanted = folders
          .split('\n')
          .map((folder) => client.call('run.history', { folder }, { signal: controller.signal }));
        setFound(await Promise.all(wanted));
        setFailure(undefined);
      } catch (error) {
        if (!isCancelled(error)) setFailure(reportOf(error));
      }
    };
    void look();
    const timer = isOn ? setInterval(() => void look(), PAUSE_WHILE_ON) : undefined;
    return () => {
      clearInterval(timer);
      controller.abort();
    };
  }, [client, folders, isOn]);
  const histories = runs.flatMap(({ folder }) => found.find((history) => history.folder === folder) ?? []);
  return { histories: histories.length === runs.length ? histories : undefined, failure };
}
