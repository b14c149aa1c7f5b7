/** Where runs are looked for: the folders where runs were started, and those that were added. */
import { Button, Modal } from '@mantine/core';
import { useState, type JSX } from 'react';
import type { CallOutput } from '../../trainer/api/rpc/index.ts';
import type { ErrorReport } from '../../trainer/base/errors.ts';
import { PathInput } from '../form/path-input.tsx';
import { useAttempt } from '../state/use-attempt.ts';
import { runsText } from '../text/runs.ts';
import classes from './runs-page.module.css';

export type RunFolder = CallOutput<'runs.list'>['folders'][number];

interface RunFoldersProps {
  readonly folders: readonly RunFolder[];
  /** Rejects where there are no runs. */
  readonly onAdd: (folder: string) => Promise<void>;
  readonly onForget: (folder: string) => Promise<void>;
  readonly onClose: () => void;
}

export function RunFolders({ folders, onAdd, onForget, onClose }: RunFoldersProps): JSX.Element {
  const add = async (folder: string): Promise<void> => {
    await onAdd(folder);
    onClose();
  };
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
        <FolderToAdd onAdd={add} />
        {folders.length > 0 && <KnownFolders folders={folders} onForget={onForget} />}
        <div className={classes.buttons}>
          <Button onClick={onClose}>{runsText.close}</Button>
        </div>
      </div>
    </Modal>
  );
}

function FolderToAdd({ onAdd }: Pick<RunFoldersProps, 'onAdd'>): JSX.Element {
  const [folder, setFolder] = useState('');
  const { failure, attempt } = useAttempt();
  return (
    <>
      <form
        className={classes.adding}
        onSubmit={(event) => {
          event.preventDefault();
          void attempt(() => onAdd(folder.trim()));
        }}
      >
        <PathInput
          focusFirst
          ariaLabel={runsText.addFolder}
          name={runsText.addFolder}
          value={folder}
          picks="folder"
          invalid={failure !== undefined}
          onChange={setFolder}
        />
        <Button type="submit" variant="filled" disabled={folder.trim() === ''}>
          {runsText.addFolder}
        </Button>
      </form>
      <Refusal failure={failure} />
    </>
  );
}

function KnownFolders({ folders, onForget }: Pick<RunFoldersProps, 'folders' | 'onForget'>): JSX.Element {
  const { failure, attempt } = useAttempt();
  return (
    <>
      <ul className={classes.listed} aria-label={runsText.runFolders}>
        {folders.map(({ folder, runs }) => (
          <li key={folder}>
            <span className={classes.listedPath}>{folder}</span>
            <span className={classes.quiet}>{runsText.holds(runs)}</span>
            <Button aria-label={runsText.forgetNamed(folder)} onClick={() => void attempt(() => onForget(folder))}>
              {runsText.forget}
            </Button>
          </li>
        ))}
      </ul>
      <Refusal failure={failure} />
      <p className={classes.quiet}>{runsText.forgetBody}</p>
    </>
  );
}

function Refusal({ failure }: { readonly failure: ErrorReport | undefined }): JSX.Element | undefined {
  if (failure === undefined) return undefined;
  return (
    <p className={classes.refusal} role="alert">
      <strong>{failure.what}.</strong> {failure.fix}
    </p>
  );
}
