/** While a run is on nothing is drawn beside it: why, and what can be done instead. */
import { Button } from '@mantine/core';
import { useState, type JSX } from 'react';
import { useStore } from 'zustand';
import { printPromptLine } from '../../trainer/api/prompts/prompt-file.ts';
import { Icon } from '../icons/icon.tsx';
import { useApp } from '../state/app.ts';
import { isOn, phaseOf } from '../state/run.ts';
import { drawingText } from '../text/drawing.ts';
import { lineOfSettings, type DrawingSettings } from './first-settings.ts';
import classes from './try-it.module.css';

export function RunNotice({ settings }: { readonly settings: DrawingSettings }): JSX.Element | null {
  const { run } = useApp();
  const status = useStore(run, (state) => state.status);
  const failure = useStore(run, (state) => state.failure);
  const [asked, setAsked] = useState('');
  if (status === undefined || !isOn(status)) return null;
  const line = printPromptLine(lineOfSettings(settings));
  const draws = status.state === 'training' || status.state === 'sampling';
  const pausing = phaseOf(status) === 'pausing';
  const sample = async (): Promise<void> => {
    setAsked(line);
    await run.getState().sampleNow(line);
  };
  return (
    <section className={classes.notice} aria-label={drawingText.runIsOn(status.name)}>
      <Icon name="info" size={17} />
      <div>
        <p>
          <strong>{drawingText.runIsOn(status.name)}.</strong> {drawingText.runIsOnBody}
        </p>
        <p role="status" className={classes.quiet}>
          {failure === undefined ? asked === line && drawingText.asked : `${failure.what}. ${failure.fix}`}
        </p>
      </div>
      <span className={classes.noticeButtons}>
        <Button disabled={!draws || settings.prompt.trim() === ''} onClick={() => void sample()}>
          {drawingText.sampleNow}
        </Button>
        <Button
          leftSection={<Icon name="pause" size={15} />}
          disabled={pausing}
          onClick={() => void run.getState().pause()}
        >
          {pausing ? drawingText.pausing : drawingText.pauseRun}
        </Button>
      </span>
    </section>
  );
}
