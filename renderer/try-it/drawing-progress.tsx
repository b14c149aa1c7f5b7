/** How far the drawing is, and the way to end it. */
import { Button } from '@mantine/core';
import type { JSX } from 'react';
import { Icon } from '../icons/icon.tsx';
import { useApp } from '../state/app.ts';
import { secondsLeft, type DrawingStatus } from '../state/drawing.ts';
import { timeLeft } from '../text/amounts.ts';
import { drawingText } from '../text/drawing.ts';
import classes from './order.module.css';

export function DrawingProgress({ status }: { readonly status: Extract<DrawingStatus, { kind: 'on' }> }): JSX.Element {
  const { drawing } = useApp();
  const { done, total, stopping, drawingId } = status;
  const part = total === 0 ? 0 : done / total;
  const left = secondsLeft(status, Date.now());
  const words = stopping ? drawingText.stopping : total === 0 ? drawingText.loading : drawingText.progress(done, total);
  return (
    <div className={classes.foot}>
      <div
        className={classes.bar}
        role="progressbar"
        aria-label={drawingText.drawing}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.floor(part * 100)}
        aria-valuetext={words}
      >
        <span style={{ width: `${part * 100}%` }} />
      </div>
      <div className={classes.progressFacts}>
        <span>{words}</span>
        <span>{left !== undefined && timeLeft(left)}</span>
      </div>
      <Button
        fullWidth
        data-danger
        leftSection={<Icon name="stop" size={15} />}
        disabled={stopping || drawingId === undefined}
        onClick={() => void drawing.getState().stop()}
      >
        {drawingText.cancel}
      </Button>
    </div>
  );
}
