/** Where runs are looked for: the folders where runs were started, and those that were added. */
import { Button, Modal } from '@mantine/core';
import { useState, type JSX } from 'react';
import type { CallOutput } from '../../trainer/api/rpc/index.ts';
import type { ErrorReport } from '../../trainer/base/errors.ts';
import { PathInput } from '../form/path-input.tsx';
import { reportOf } from '../state/failures.ts';
import { runsText } from '../text/runs.ts';
import classes from './runs-page.module.css';

export type RunFolder = CallOutput<'runs.folders'>['folders'][number];

interface RunFoldersProps {
  readonly folders: readonly RunFolder[];
  /** Rejects where there are no runs. */
  readonly onAdd: (folder: string) => Promise<void>;
  readonly onForget: (folder: string) => Promise<void>;
  readonly onClose: () => void;
}

export function RunFolders({ folders, onAdd, onForget, onClose }: RunFoldersProps): JSX.Element {
  const [failure, setFailure] = useState<ErrorReport>();
  const attempt = async (action: () => Promise<void>): Promise<void> => {
    try {
      setFailure(undefined);
      await action();
    } catch (error) {
      setFailure(reportOf(error));
    }
  };
  const add = (folder: string): Promise<void> =>
    attempt(async () => {
      await onAdd(folder);
      onClose();
    });
  return (
    <Modal
      opened
      onClose={onClose}
      title={<strong>{runsText.runFolders}</strong>}
      centered
      size="lg"
      closeButtonProps={{ 'aria-label': runsText.close }}
    >
      <div className={classes.question}>
        <p className={classes.quiet}>{runsText.runFoldersBody}</p>
        <FolderToAdd isRefused={failure !== undefined} onAdd={(folder) => void add(folder)} />
        {failure !== undefined && (
          <p className={classes.refusal} role="alert">
            <strong>{failure.what}.</strong> {failure.fix}
          </p>
        )}
        {folders.length > 0 && (
          <>
            <ul className={classes.listed} aria-label={runsText.runFolders}>
              {folders.map(({ folder, runs }) => (
                <li key={folder}>
                  <span className={classes.listedPath}>{folder}</span>
                  <span className={classes.quiet}>{runsText.holds(runs)}</span>
                  <Button
                    aria-label={runsText.forgetNamed(folder)}
                    onClick={() => void attempt(() => onForget(folder))}
                  >
                    {runsText.forget}
                  </Button>
                </li>
              ))}
            </ul>
            <p className={classes.quiet}>{runsText.forgetBody}</p>
          </>
        )}
        <div className={classes.buttons}>
          <Button onClick={onClose}>{runsText.close}</Button>
        </div>
      </div>
    </Modal>
  );
}

interface FolderToAddProps {
  readonly isRefused: boolean;
  readonly onAdd: (folder: string) => void;
}

function FolderToAdd({ isRefused, onAdd }: FolderToAddProps): JSX.Element {
  const [folder, setFolder] = useState('');
  return (
    <form
      className={classes.adding}
      onSubmit={(event) => {
        event.preventDefault();
        onAdd(folder.trim());
      }}
    >
      <PathInput
        focusFirst
        ariaLabel={runsText.addFolder}
        name={runsText.addFolder}
        value={folder}
        picks="folder"
        invalid={isRefused}
        onChange={setFolder}
      />
      <Button type="submit" variant="filled" disabled={folder.trim() === ''}>
        {runsText.add}
      </Button>
    </form>
  );
}
