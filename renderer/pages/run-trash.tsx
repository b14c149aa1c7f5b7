/** What lies in ".trash" beside the runs: each comes back, or all go for good. */
import { Button, Modal } from '@mantine/core';
import { useState, type JSX } from 'react';
import type { CallOutput } from '../../trainer/api/rpc/index.ts';
import { runsText, when } from '../text/runs.ts';
import classes from './runs-page.module.css';

export type TrashedRun = CallOutput<'runs.trashed'>['runs'][number];

interface RunTrashProps {
  readonly runs: readonly TrashedRun[];
  readonly onRestore: (runs: readonly TrashedRun[]) => void;
  readonly onEmpty: () => void;
  readonly onClose: () => void;
}

export function RunTrash({ runs, onRestore, onEmpty, onClose }: RunTrashProps): JSX.Element {
  const [isSure, setSure] = useState(false);
  return (
    <Modal
      opened
      onClose={onClose}
      title={<strong>{runsText.trashHolds(runs.length)}</strong>}
      centered
      size="lg"
      closeButtonProps={{ 'aria-label': runsText.close }}
    >
      <p className={classes.quiet}>{runsText.trashListBody}</p>
      <ul className={classes.trashed} aria-label={runsText.inTrash}>
        {runs.map((run) => (
          <li key={run.trashed}>
            <strong>{run.name}</strong>
            <span className={classes.quiet}>{when(run.trashedAt, Date.now())}</span>
            <span className={classes.place}>{run.trashed}</span>
            <Button aria-label={runsText.putBackNamed(run.name)} onClick={() => onRestore([run])}>
              {runsText.putBack}
            </Button>
          </li>
        ))}
      </ul>
      {isSure && (
        <p className={classes.quiet} role="status">
          {runsText.forGoodBody(runs.length)}
        </p>
      )}
      <div className={classes.buttons}>
        <Button data-danger onClick={isSure ? onEmpty : () => setSure(true)}>
          {isSure ? runsText.forGoodSure : runsText.forGood}
        </Button>
        <Button data-autofocus variant="filled" onClick={onClose}>
          {runsText.close}
        </Button>
      </div>
    </Modal>
  );
}
