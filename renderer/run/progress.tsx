/** How far the run is: state, bar, step, epoch, speed, time left. */
import type { JSX } from 'react';
import { useStore } from 'zustand';
import { useApp } from '../state/app.ts';
import { isOn, phaseOf } from '../state/run.ts';
import { exactDuration, percent, speed, timeLeft } from '../text/amounts.ts';
import { PHASES, runText, STATES } from '../text/run.ts';
import classes from './run.module.css';

/** Colour and words of what the run is doing. */
export function PhaseLabel(): JSX.Element {
  const { run } = useApp();
  const status = useStore(run, (state) => state.status);
  const phase = phaseOf(status);
  const words = status !== undefined && phase === 'active' ? STATES[status.state] : PHASES[phase];
  return (
    <span className={classes.phase} data-phase={phase} role="status">
      {words}
    </span>
  );
}

interface ProgressFacts {
  readonly part: number;
  readonly step?: string;
  readonly epoch?: string;
  readonly speed?: string;
  readonly time: string;
  readonly exactTime?: string;
  /** Of the whole run; of its state while there is no step yet. */
  readonly secondsLeft?: number;
}

export function useProgress(): ProgressFacts {
  const { run } = useApp();
  const status = useStore(run, (state) => state.status);
  const last = useStore(run, (state) => state.lastStep);
  const metrics = useStore(run, (state) => state.metrics);
  useStore(run, (state) => state.revision);
  if (status === undefined) return { part: 0, time: '' };
  const on = isOn(status);
  const own = on ? status.progress : undefined;
  if (last === undefined) {
    const part = own === undefined || own.total === 0 ? 0 : own.done / own.total;
    return { part, step: status.message, ...leftOf(own?.secondsLeft) };
  }
  const taken = metrics.speed();
  return {
    part: last.step / last.steps,
    step: runText.stepOf(last.step, last.steps),
    epoch: runText.epochOf(last.epoch, last.epochs),
    ...(on && taken !== undefined ? { speed: speed(taken) } : {}),
    ...(on ? leftOf(last.etaSeconds) : { time: runText.timeTaken(exactDuration(metrics.last('elapsed') ?? 0)) }),
  };
}

const leftOf = (secondsLeft: number | undefined): Pick<ProgressFacts, 'time' | 'exactTime' | 'secondsLeft'> =>
  secondsLeft === undefined
    ? { time: '' }
    : { time: timeLeft(secondsLeft), exactTime: exactDuration(secondsLeft), secondsLeft };

export function Bar({ part }: { readonly part: number }): JSX.Element {
  const { run } = useApp();
  const phase = useStore(run, (state) => phaseOf(state.status));
  return (
    <div
      className={classes.bar}
      data-phase={phase}
      role="progressbar"
      aria-label={runText.title}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.floor(part * 100)}
      aria-valuetext={percent(part)}
    >
      <span style={{ width: `${part * 100}%` }} />
    </div>
  );
}
