/** Before the first picture: what this page is for, in three steps. */
import { Button } from '@mantine/core';
import type { JSX } from 'react';
import { useStore } from 'zustand';
import { Icon } from '../icons/icon.tsx';
import { useApp } from '../state/app.ts';
import { drawingText } from '../text/drawing.ts';
import classes from './try-it.module.css';

export function EmptyTry(): JSX.Element {
  const { drawing, view } = useApp();
  const hasSaves = useStore(drawing, ({ runs }) => runs.some(({ files }) => files.length > 0));
  return (
    <div className={classes.empty}>
      <div className={classes.emptyFrames} aria-hidden>
        <span>{drawingText.without}</span>
        <Icon name="arrowRight" size={22} />
        <span data-main>{drawingText.with([drawingText.loras])}</span>
      </div>
      <h2 className={classes.emptyTitle}>{drawingText.emptyTitle}</h2>
      <p>{drawingText.emptyBody}</p>
      <ol>
        {drawingText.emptySteps.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
      {!hasSaves && (
        <p className={classes.hint}>
          {drawingText.noRuns}{' '}
          <Button variant="subtle" onClick={() => view.getState().go('train')}>
            {drawingText.toTrain}
          </Button>
        </p>
      )}
    </div>
  );
}
