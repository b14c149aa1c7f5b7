/** The run in the title bar, where its panel has no room: how far it is and how long it takes. A click opens it. */
import type { JSX } from 'react';
import { useStore } from 'zustand';
import { useApp } from '../state/app.ts';
import { isOn } from '../state/run.ts';
import { percent, shortTimeLeft } from '../text/amounts.ts';
import { STATES } from '../text/run.ts';
import { useProgress } from './progress.tsx';
import frame from '../frame/frame.module.css';
import classes from './run.module.css';

export function RunChip(): JSX.Element | null {
  const { run, view } = useApp();
  const status = useStore(run, (state) => state.status);
  const step = useStore(run, (state) => state.lastStep);
  const { part, secondsLeft } = useProgress();
  const isOpen = useStore(view, ({ page }) => page === 'run');
  if (status === undefined || !isOn(status) || isOpen) return null;
  const isCounted = step !== undefined || status.progress !== undefined;
  return (
    <button type="button" className={frame.runChip} onClick={() => view.getState().go('run')}>
      <span>
        {STATES[status.state]} {isCounted && percent(part)}
      </span>
      <span className={classes.chipBar}>
        <span style={{ width: `${part * 100}%` }} />
      </span>
      {secondsLeft !== undefined && <span>{shortTimeLeft(secondsLeft)}</span>}
    </button>
  );
}
