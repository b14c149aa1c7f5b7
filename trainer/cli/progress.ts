/**
 * Shows the events of a run: a bar that moves where somebody watches, now and then a line where nobody does, or one line
 * of JSON an event.
 */
import { SingleBar } from 'cli-progress';
import type { ProgressEvent, Report, StepEvent, StoppedEvent, TrainEvent } from '../api/events.ts';
import { never } from '../base/errors.ts';
import { plural } from '../data/report.ts';
import { reportText, shown } from './failure.ts';
import { jsonLine, type Terminal } from './terminal.ts';

export interface EventPrinter extends Disposable {
  readonly report: Report;
}

/** Seconds between lines about steps where nobody watches. */
const QUIET_SECONDS = 10;

export function printEvents(terminal: Terminal, json: boolean): EventPrinter {
  if (json) return { report: (event) => terminal.out(jsonLine(event)), [Symbol.dispose]: () => undefined };
  const bar = progressBar(terminal);
  return {
    report: (event) => {
      if (event.kind === 'step') bar.show(event.step, event.steps, stepText(event));
      else if (event.kind === 'progress') bar.show(event.done, event.total, progressText(event));
      else bar.around(() => tell(event, terminal));
    },
    [Symbol.dispose]: () => bar.around(() => undefined),
  };
}

export interface Bar {
  show(done: number, total: number, text: string): void;
  /** Takes the bar away while `work` prints lines. */
  around(work: () => void): void;
}

/** Moves where somebody watches, else a line now and then. */
export const progressBar = (terminal: Terminal): Bar => (terminal.watched ? movingBar(terminal) : plainLines(terminal));

function movingBar(terminal: Terminal): Bar {
  let bar: SingleBar | undefined;
  let length = 0;
  const hide = (): void => {
    bar?.stop();
    bar = undefined;
  };
  return {
    show: (done, total, text) => {
      if (bar !== undefined && total !== length) hide();
      if (bar === undefined) {
        const format = '{bar} {value}/{total} {text}';
        bar = new SingleBar({
          format,
          stream: terminal.barStream,
          clearOnComplete: true,
          barsize: 24,
          hideCursor: true,
        });
        bar.start(total, done, { text });
        length = total;
      }
      bar.update(done, { text });
    },
    around: (work) => {
      hide();
      work();
    },
  };
}

function plainLines(terminal: Terminal): Bar {
  let shown = Number.NEGATIVE_INFINITY;
  return {
    show: (done, total, text) => {
      const now = terminal.clock.seconds();
      if (done !== 1 && done < total && now - shown < QUIET_SECONDS) return;
      shown = now;
      terminal.error(`${done}/${total} ${text}\n`);
    },
    around: (work) => work(),
  };
}

type Message = Exclude<TrainEvent, { readonly kind: 'step' | 'progress' }>;

function tell(event: Message, { out, error }: Terminal): void {
  switch (event.kind) {
    case 'state':
    case 'log':
      return error(`${event.message}\n`);
    case 'sample':
      return error(`Sample: ${event.file}\n`);
    case 'checkpoint':
      return error(`Saved: ${event.file}\n`);
    case 'warning': {
      const where = event.where === undefined ? '' : ` (${shown(event.where)})`;
      return error(`Warning: ${shown(event.what)}${where}.${event.fix === undefined ? '' : ` ${event.fix}`}\n`);
    }
    case 'done':
      return out(`Done: ${plural(event.steps, 'step')} in ${durationText(event.seconds)}. Saved: ${event.file}\n`);
    case 'stopped':
      return out(`${stoppedText(event)}\n`);
    case 'failed':
      return error(reportText(event.error));
    default:
      return never(event);
  }
}

function stoppedText({ step, steps, file }: StoppedEvent): string {
  if (file !== undefined) return `Stopped after step ${step} of ${steps}. Saved: ${file}`;
  if (step === 0) return 'Stopped before the first step. Nothing was saved.';
  return `Stopped after step ${step} of ${steps} without saving. What was saved before is whole.`;
}

/** "epoch 2/10  loss 0.1042 (average 0.1213)  1.92 s/step  1h 04m left" */
export function stepText({ epoch, epochs, loss, averageLoss, seconds, etaSeconds }: StepEvent): string {
  const speed = seconds >= 1 || seconds <= 0 ? `${seconds.toFixed(2)} s/step` : `${(1 / seconds).toFixed(1)} steps/s`;
  const losses = `loss ${loss.toPrecision(4)} (average ${averageLoss.toPrecision(4)})`;
  return `epoch ${epoch}/${epochs}  ${losses}  ${speed}  ${durationText(etaSeconds)} left`;
}

/** "class-images  12m 07s left" */
const progressText = ({ state, etaSeconds }: ProgressEvent): string =>
  etaSeconds === undefined ? state : `${state}  ${durationText(etaSeconds)} left`;

/** "42s", "3m 07s", "1h 04m" */
export function durationText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (value: number): string => String(value).padStart(2, '0');
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${two(whole % 60)}s`;
  return `${Math.floor(whole / 3600)}h ${two(Math.floor((whole % 3600) / 60))}m`;
}
