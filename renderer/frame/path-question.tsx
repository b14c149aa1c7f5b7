/** Which file, in a browser: a path on the trainer's computer, completed as it is typed, or a file that is sent there. */
import { Button, FileButton } from '@mantine/core';
import { useState, type DragEvent, type JSX } from 'react';
import { useStore } from 'zustand';
import { PathInput } from '../form/path-input.tsx';
import { useApp } from '../state/app.ts';
import { frameText } from '../text/frame.ts';
import classes from './questions.module.css';

interface PathQuestionProps {
  readonly body: string;
  readonly action: string;
  readonly first?: string;
  readonly onPath: (path: string) => Promise<void>;
  /** Where a file may be chosen or dropped instead. */
  readonly onFile?: (file: File) => Promise<void>;
}

const JOB_FILES = '.json,.toml';

export function PathQuestion({ body, action, first = '', onPath, onFile }: PathQuestionProps): JSX.Element {
  const { documents } = useApp();
  const [path, setPath] = useState(first);
  const [isOver, setOver] = useState(false);
  const failure = useStore(documents.state, (state) => state.failure);
  const dropping = onFile !== undefined && {
    'data-over': isOver || undefined,
    onDragOver: (event: DragEvent) => {
      event.preventDefault();
      setOver(true);
    },
    onDragLeave: () => setOver(false),
    onDrop: (event: DragEvent) => {
      event.preventDefault();
      setOver(false);
      const [file] = event.dataTransfer.files;
      if (file !== undefined) void onFile(file);
    },
  };
  return (
    <form
      className={classes.pathQuestion}
      {...dropping}
      onSubmit={(event) => {
        event.preventDefault();
        void onPath(path);
      }}
    >
      <p className={classes.body}>{body}</p>
      <PathInput
        focusFirst
        ariaLabel={frameText.path}
        name={frameText.path}
        value={path}
        picks="file"
        invalid={failure !== undefined}
        onChange={setPath}
      />
      {failure !== undefined && (
        <p className={classes.failure} role="alert">
          <span>
            <strong>{failure.what}.</strong> {failure.fix}
          </span>
        </p>
      )}
      {onFile !== undefined && (
        <p className={classes.send}>
          <span>{frameText.sendBody}</span>
          <FileButton accept={JOB_FILES} onChange={(file) => file !== null && void onFile(file)}>
            {(props) => <Button {...props}>{frameText.sendFile}</Button>}
          </FileButton>
        </p>
      )}
      <div className={classes.buttons}>
        <Button onClick={() => documents.dismiss()}>{frameText.stay}</Button>
        <Button type="submit" variant="filled" disabled={path.trim() === ''}>
          {action}
        </Button>
      </div>
    </form>
  );
}
