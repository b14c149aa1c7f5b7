/** Why the run stopped, and what to do: nothing else is as important then. */
import { Button } from '@mantine/core';
import type { JSX } from 'react';
import { useStore } from 'zustand';
import type { ErrorReport } from '../../trainer/base/errors.ts';
import type { JobSettings } from '../../trainer/api/rpc/index.ts';
import { Icon } from '../icons/icon.tsx';
import { useApp } from '../state/app.ts';
import { useWords } from '../state/words.ts';
import { runText } from '../text/run.ts';
import { resumeRun } from './actions.ts';
import classes from './failure-card.module.css';
import { MendButtons } from './mend-buttons.tsx';
import shared from './run.module.css';

interface FailureCardProps {
  readonly error: ErrorReport;
  /** The job of the run. */
  readonly table: JobSettings;
}

export function FailureCard({ error, table }: FailureCardProps): JSX.Element {
  const app = useApp();
  const { run, view } = app;
  const { what, fix } = useWords()(error);
  const savedStep = useStore(run, ({ status }) => status?.savedStep);
  const resumable = useStore(run, ({ status }) => status?.resumable === true);
  return (
    <section className={classes.failureCard} role="alert">
      <span className={classes.failureIcon}>
        <Icon name="error" size={22} />
      </span>
      <div>
        <h2 className={shared.bigHeading}>{what}</h2>
        <p>{fix}</p>
        {error.where !== undefined && <code>{error.where}</code>}
        <MendButtons error={error} table={table} />
        {savedStep !== undefined && <p className={shared.quiet}>{runText.savedAt(savedStep)}</p>}
        <details className={classes.details}>
          <summary>{runText.details}</summary>
          <p>
            {runText.code}: <code>{error.code}</code>
          </p>
        </details>
      </div>
      <div className={classes.failureWays}>
        {resumable && (
          <Button variant="filled" onClick={() => void resumeRun(app)}>
            {runText.resume}
          </Button>
        )}
        <Button onClick={() => view.getState().go('train')}>{runText.backToJob}</Button>
      </div>
    </section>
  );
}
