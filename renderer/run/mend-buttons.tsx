/** What buttons can do about the error of a run or a trial: changes of the job that is open. */
import { Button } from '@mantine/core';
import { useMemo, type JSX } from 'react';
import { jobOf, mendsOf, type Mend } from '../../trainer/api/job/index.ts';
import type { JobSettings } from '../../trainer/api/rpc/index.ts';
import type { ErrorReport } from '../../trainer/base/errors.ts';
import { useApp, useJob } from '../state/app.ts';
import { runText } from '../text/run.ts';
import classes from './mend-buttons.module.css';

interface MendButtonsProps {
  readonly error: ErrorReport;
  /** The job that failed. */
  readonly table: JobSettings;
}

export function MendButtons({ error, table }: MendButtonsProps): JSX.Element | null {
  const { job } = useApp();
  const now = useJob((state) => state.table);
  const { open, isChanged } = useMemo(() => openMends(mendsOf(error, table), table, now), [error, table, now]);
  if (open.length === 0 && !isChanged) return null;
  return (
    <div className={classes.mends}>
      {open.map((mend) => (
        <Button key={mend.label} onClick={() => job.getState().apply(mend)}>
          {mend.label}
        </Button>
      ))}
      {isChanged && (
        <span className={classes.changed} role="status">
          {runText.changedSince}
        </span>
      )}
    </div>
  );
}

/** Half of a batch is half of what failed: nothing is offered about settings that are others by now. */
function openMends(
  all: readonly Mend[],
  failed: JobSettings,
  now: JobSettings,
): { readonly open: readonly Mend[]; readonly isChanged: boolean } {
  const [before, after] = [jobOf(failed), jobOf(now)].map((job) => new Map(Object.entries(job)));
  const isSame = (path: string): boolean => {
    const [key = ''] = path.split('.');
    return JSON.stringify(before?.get(key)) === JSON.stringify(after?.get(key));
  };
  const open = all.filter(({ set, unset }) => [...Object.keys(set), ...unset].every(isSame));
  return { open, isChanged: open.length < all.length };
}
