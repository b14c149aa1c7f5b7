/** What the Runs page asks before a run goes, and tells of a run in a browser, which can open no folder. */
import { Button, Modal, TextInput } from '@mantine/core';
import type { JSX } from 'react';
import type { RunSummary } from '../../trainer/api/rpc/index.ts';
import { runsText } from '../text/runs.ts';
import classes from './runs-page.module.css';

interface TrashQuestionProps {
  /** None: nothing is asked. */
  readonly runs: readonly RunSummary[];
  /** They go into the system's trash. */
  readonly isSystems: boolean;
  readonly onTrash: () => void;
  readonly onClose: () => void;
}

export function TrashQuestion({ runs, isSystems, onTrash, onClose }: TrashQuestionProps): JSX.Element {
  return (
    <Modal
      opened={runs.length > 0}
      onClose={onClose}
      title={<strong>{runsText.trashTitle(runs.map(({ name }) => name))}</strong>}
      centered
      closeButtonProps={{ 'aria-label': runsText.cancel }}
    >
      <p className={classes.quiet}>{runsText.trashBody(runs.length, isSystems)}</p>
      <div className={classes.buttons}>
        <Button data-autofocus onClick={onClose}>
          {runsText.cancel}
        </Button>
        <Button data-danger onClick={onTrash}>
          {runsText.trash}
        </Button>
      </div>
    </Modal>
  );
}

interface PlaceCardProps {
  readonly run: RunSummary | undefined;
  readonly onCopy: (folder: string) => void;
  readonly onClose: () => void;
}

export function PlaceCard({ run, onCopy, onClose }: PlaceCardProps): JSX.Element {
  const folder = run?.folder ?? '';
  return (
    <Modal
      opened={run !== undefined}
      onClose={onClose}
      title={<strong>{runsText.placeTitle(run?.name ?? '')}</strong>}
      centered
      size="lg"
      closeButtonProps={{ 'aria-label': runsText.close }}
    >
      <p className={classes.quiet}>{runsText.placeBody}</p>
      <TextInput
        readOnly
        data-autofocus
        aria-label={runsText.folder}
        value={folder}
        onFocus={({ currentTarget }) => currentTarget.select()}
      />
      <div className={classes.buttons}>
        <Button onClick={() => onCopy(folder)}>{runsText.copy}</Button>
        <Button variant="filled" onClick={onClose}>
          {runsText.close}
        </Button>
      </div>
    </Modal>
  );
}
