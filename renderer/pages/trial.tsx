/** "Check before start": a few real steps that tell how long the run will take and how much memory it needs. */
import { Button } from '@mantine/core';
import { useEffect, useRef, useState, type JSX } from 'react';
import { useStore } from 'zustand';
import type { ErrorReport } from '../../trainer/base/errors.ts';
import type { TrialResult } from '../../trainer/api/rpc/index.ts';
import { MendButtons } from '../run/mend-buttons.tsx';
import { useApp, useJob } from '../state/app.ts';
import { isCancelled, reportOf } from '../state/failures.ts';
import { isOn } from '../state/run.ts';
import { useWords } from '../state/words.ts';
import { trialText } from '../text/plan.ts';
import { sentences } from '../text/problems.ts';
import classes from './pages.module.css';

type Trial =
  | { readonly kind: 'none' }
  | { readonly kind: 'on'; readonly message: string }
  | { readonly kind: 'known'; readonly result: TrialResult }
  | { readonly kind: 'failed'; readonly error: ErrorReport };

const isLive = (asked: AbortController | undefined): boolean => asked !== undefined && !asked.signal.aborted;

export function TrialCheck(): JSX.Element | null {
  const { connection, run, job, check } = useApp();
  const words = useWords();
  const table = useJob((state) => state.table);
  const busy = useStore(run, ({ status }) => isOn(status));
  const hasErrors = useStore(check, ({ problems }) => problems.some(({ severity }) => severity === 'error'));
  const [trial, setTrial] = useState<Trial>({ kind: 'none' });
  const asked = useRef<AbortController>(undefined);
  useEffect(
    () =>
      connection.client.on(
        'check',
        // A trial that was left may still tell something.
        (event) => event.kind === 'state' && isLive(asked.current) && setTrial({ kind: 'on', message: event.message }),
      ),
    [connection],
  );
  useEffect(() => {
    // What was measured is about other settings.
    setTrial({ kind: 'none' });
    asked.current?.abort();
  }, [table]);
  useEffect(() => {
    // Beside a run it would measure both.
    if (busy) asked.current?.abort();
  }, [busy]);
  useEffect(() => () => asked.current?.abort(), []);
  const start = async (): Promise<void> => {
    const controller = new AbortController();
    asked.current = controller;
    setTrial({ kind: 'on', message: trialText.starting });
    let end: Trial;
    try {
      const { table: settings } = job.getState();
      const result = await connection.client.call('check.start', { table: settings }, { signal: controller.signal });
      end = { kind: 'known', result };
    } catch (error) {
      end = isCancelled(error) ? { kind: 'none' } : { kind: 'failed', error: reportOf(error) };
    }
    // Another may have been asked for since.
    if (asked.current !== controller) return;
    asked.current = undefined;
    setTrial(controller.signal.aborted ? { kind: 'none' } : end);
  };
  if (busy) return null;
  return (
    <div className={classes.trial}>
      {trial.kind === 'on' ? (
        <Button onClick={() => asked.current?.abort()}>{trialText.cancel}</Button>
      ) : (
        <Button disabled={hasErrors} onClick={() => void start()}>
          {trialText.check}
        </Button>
      )}
      <div>
        <span role="status" className={classes.planDetail}>
          {trial.kind === 'on' && trial.message}
          {trial.kind === 'known' && trialText.result(trial.result)}
          {trial.kind === 'failed' && sentences(words(trial.error))}
        </span>
        {trial.kind === 'failed' && <MendButtons error={trial.error} table={table} />}
      </div>
    </div>
  );
}
