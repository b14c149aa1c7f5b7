/** A line above the page while there is no line to the trainer, or a call about the job failed. */
import { Button } from '@mantine/core';
import type { JSX } from 'react';
import { useStore } from 'zustand';
import { Icon } from '../icons/icon.tsx';
import { useApp } from '../state/app.ts';
import { connectionText } from '../text/connection.ts';
import { frameText } from '../text/frame.ts';
import classes from './notice.module.css';

export function ConnectionNotice(): JSX.Element | null {
  const { connection, shell, documents, run } = useApp();
  const state = useStore(connection.state);
  const ofDocument = useStore(documents.state, ({ failure }) => failure);
  const ofRun = useStore(run, ({ failure }) => failure);
  if (state.kind === 'closed') {
    return (
      <div className={classes.notice} role="alert">
        <Icon name="warning" size={17} />
        <strong>{state.what}</strong>
        <span>{state.fix}</span>
        {shell !== undefined && <Button onClick={() => void shell.restartService()}>{connectionText.restart}</Button>}
      </div>
    );
  }
  const failure = ofDocument ?? ofRun;
  if (failure === undefined) return null;
  const dismiss = (): void => {
    documents.dismiss();
    run.getState().forgetFailure();
  };
  return (
    <div className={classes.notice} data-severity="error" role="alert">
      <Icon name="error" size={17} />
      <strong>{failure.what}</strong>
      <span>{failure.fix}</span>
      <Button onClick={dismiss}>{frameText.dismiss}</Button>
    </div>
  );
}
