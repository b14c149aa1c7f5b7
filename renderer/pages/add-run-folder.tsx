/** Asks for a folder of runs that were not started here: in the terminal, or on a disk that has moved. */
import { Button, Modal } from '@mantine/core';
import { useState, type JSX } from 'react';
import type { ErrorReport } from '../../trainer/base/errors.ts';
import { PathInput } from '../form/path-input.tsx';
import { reportOf } from '../state/failures.ts';
import { runsText } from '../text/runs.ts';
import classes from './runs-page.module.css';

interface AddRunFolderProps {
  /** Rejects where there are no runs. */
  readonly onAdd: (folder: string) => Promise<void>;
  readonly onClose: () => void;
}

export function AddRunFolder({ onAdd, onClose }: AddRunFolderProps): JSX.Element {
  const [folder, setFolder] = useState('');
  const [failure, setFailure] = useState<ErrorReport>();
  const add = async (): Promise<void> => {
    try {
      setFailure(undefined);
      await onAdd(folder.trim());
      onClose();
    } catch (error) {
      setFailure(reportOf(error));
    }
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={<strong>{runsText.addFolder}</strong>}
      centered
      size="lg"
      closeButtonProps={{ 'aria-label': runsText.cancel }}
    >
      <form
        className={classes.question}
        onSubmit={(event) => {
          event.preventDefault();
          void add();
        }}
      >
        <p className={classes.quiet}>{runsText.addFolderBody}</p>
        <PathInput
          focusFirst
          ariaLabel={runsText.folder}
          name={runsText.folder}
          value={folder}
          picks="folder"
          invalid={failure !== undefined}
          onChange={setFolder}
        />
        {failure !== undefined && (
          <p className={classes.refusal} role="alert">
            <strong>{failure.what}.</strong> {failure.fix}
          </p>
        )}
        <div className={classes.buttons}>
          <Button onClick={onClose}>{runsText.cancel}</Button>
          <Button type="submit" variant="filled" disabled={folder.trim() === ''}>
            {runsText.add}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
