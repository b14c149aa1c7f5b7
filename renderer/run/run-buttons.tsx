/** What can be done with the run right now; buttons that mean nothing are not there. */
import { Button } from '@mantine/core';
import type { JSX } from 'react';
import { useStore } from 'zustand';
import { Icon } from '../icons/icon.tsx';
import { useApp } from '../state/app.ts';
import { phaseOf } from '../state/run.ts';
import { runText } from '../text/run.ts';
import { trainText } from '../text/train.ts';
import { resumeRun, startRun } from './actions.ts';
import classes from './run.module.css';

export function RunButtons(): JSX.Element {
  const app = useApp();
  const { run, check } = app;
  const phase = useStore(run, (state) => phaseOf(state.status));
  const resumable = useStore(run, (state) => state.status?.resumable === true);
  const asked = useStore(run, (state) => state.status?.asked);
  const isTraining = useStore(run, ({ status }) => status?.state === 'training' || status?.state === 'sampling');
  const errors = useStore(check, ({ problems }) => problems.filter(({ severity }) => severity === 'error').length);
  const { pause, stop, saveNow, sampleNow } = run.getState();
  if (phase === 'active' || phase === 'pausing') {
    return (
      <div className={classes.buttons}>
        <Button
          variant="filled"
          leftSection={<Icon name="pause" size={15} />}
          disabled={phase === 'pausing'}
          onClick={() => void pause()}
        >
          {runText.pause}
        </Button>
        <Button leftSection={<Icon name="save" size={15} />} disabled={!isTraining} onClick={() => void saveNow()}>
          {runText.saveNow}
        </Button>
        <Button leftSection={<Icon name="sample" size={15} />} disabled={!isTraining} onClick={() => void sampleNow()}>
          {runText.sampleNow}
        </Button>
        <Button
          data-danger
          leftSection={<Icon name="stop" size={15} />}
          onClick={() => void stop(asked === 'stop' ? 'now' : 'finishing')}
        >
          {asked === 'stop' ? runText.stopNow : runText.stop}
        </Button>
      </div>
    );
  }
  const canResume = resumable && (phase === 'paused' || phase === 'stopped' || phase === 'failed');
  return (
    <div className={classes.startArea}>
      <div className={classes.buttons} data-single={!canResume || undefined}>
        {canResume && (
          <Button
            variant="filled"
            leftSection={<Icon name="play" size={15} filled />}
            onClick={() => void resumeRun(app)}
          >
            {runText.resume}
          </Button>
        )}
        <Button
          variant={canResume ? 'default' : 'filled'}
          leftSection={<Icon name="play" size={15} filled />}
          rightSection={canResume ? null : <kbd className={classes.keys}>{trainText.startKeys}</kbd>}
          disabled={errors > 0}
          onClick={() => void startRun(app)}
        >
          {runText.start}
        </Button>
      </div>
      {errors > 0 && <p className={classes.reason}>{trainText.cannotStart(errors)}</p>}
    </div>
  );
}
