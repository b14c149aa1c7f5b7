import { EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import type { StepEvent, TrainEvent } from '../../../trainer/api/events.ts';
import { listenForInterrupts } from '../../../trainer/cli/interrupts.ts';
import { durationText, printEvents, stepText } from '../../../trainer/cli/progress.ts';
import { fakeTerminal } from './fake-terminal.ts';

const stepEvent = (step: number, seconds = 2): StepEvent => ({
  kind: 'step',
  step,
  steps: 100,
  epoch: 1,
  epochs: 4,
  loss: 0.123456,
  averageLoss: 0.2,
  lr: { unet: 1e-4 },
  gradNorm: 1,
  seconds,
  etaSeconds: seconds * (100 - step),
});

describe('events', () => {
  test('are lines of JSON when asked for', () => {
    const terminal = fakeTerminal();
    const events: readonly TrainEvent[] = [{ kind: 'log', message: 'a' }, stepEvent(1)];
    using printer = printEvents(terminal, true);
    events.forEach(printer.report);
    expect(
      terminal.written.out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual(events);
    expect(terminal.written.error).toBe('');
  });

  test('of steps are a line every ten seconds where nobody watches, and the first and last always', () => {
    const terminal = fakeTerminal();
    using printer = printEvents(terminal, false);
    for (let step = 1; step <= 100; step++) {
      terminal.time.seconds = step;
      printer.report(stepEvent(step));
    }
    // Shown at 1, 11, 21, ... 91 and 100 seconds.
    const lines = terminal.written.error.trim().split('\n');
    expect(lines).toHaveLength(11);
    expect(lines[0]).toBe('1/100 epoch 1/4  loss 0.1235 (average 0.2000)  2.00 s/step  3m 18s left');
    expect(lines.at(-1)).toMatch(/^100\/100 /);
  });

  test('of a state with a length of its own tell how long it takes, once that is known', () => {
    const terminal = fakeTerminal();
    using printer = printEvents(terminal, false);
    printer.report({ kind: 'progress', state: 'class-images', done: 1, total: 9 });
    terminal.time.seconds = 20;
    printer.report({ kind: 'progress', state: 'class-images', done: 2, total: 9, etaSeconds: 727 });
    expect(terminal.written.error).toBe('1/9 class-images\n2/9 class-images  12m 07s left\n');
  });

  test('move a bar where somebody watches, and lines stay whole', () => {
    const terminal = fakeTerminal({ watched: true });
    {
      using printer = printEvents(terminal, false);
      printer.report(stepEvent(1));
      printer.report({ kind: 'checkpoint', file: 'x.safetensors', step: 1, epoch: 1, final: false });
      printer.report(stepEvent(2));
    }
    expect(terminal.written.error).toContain('Saved: x.safetensors\n');
  });

  test('tell warnings with their fix, results on standard output, failures as a sentence', () => {
    const terminal = fakeTerminal();
    using printer = printEvents(terminal, false);
    printer.report({ kind: 'warning', what: 'An image was skipped', where: 'a.png', fix: 'Replace it.' });
    printer.report({ kind: 'done', steps: 10, seconds: 61, file: 'l.safetensors', folder: 'f' });
    printer.report({ kind: 'stopped', step: 3, steps: 10 });
    printer.report({ kind: 'failed', error: { code: 'file/no-space', what: 'Full', fix: 'Free some.' } });
    expect(terminal.written.error).toBe(
      'Warning: An image was skipped (a.png). Replace it.\nError: Full.\n  Free some.\n',
    );
    expect(terminal.written.out).toBe(
      'Done: 10 steps in 1m 01s. Saved: l.safetensors\nStopped after step 3 of 10 without saving. What was saved before is whole.\n',
    );
  });
});

test("a file's name cannot steer the terminal", () => {
  const terminal = fakeTerminal();
  using printer = printEvents(terminal, false);
  const where = 'a\n\u001b[2Jb.png';
  printer.report({ kind: 'warning', what: `The picture is the same as ${where}`, where });
  printer.report({ kind: 'failed', error: { code: 'file/missing', what: 'Gone', where, fix: 'Check it.' } });
  expect(terminal.written.error).toBe(
    'Warning: The picture is the same as a\ufffd\ufffd[2Jb.png (a\ufffd\ufffd[2Jb.png).\n' +
      'Error: Gone.\n  in a\ufffd\ufffd[2Jb.png\n  Check it.\n',
  );
});

test('durations and speeds are short', () => {
  expect([0, 59.4, 60, 3599, 3600, 90_061].map(durationText)).toEqual([
    '0s',
    '59s',
    '1m 00s',
    '59m 59s',
    '1h 00m',
    '25h 01m',
  ]);
  expect(stepText(stepEvent(1, 0.25))).toContain('4.0 steps/s');
});

describe('Ctrl-C', () => {
  test('asks to finish, then to stop now, then ends the process', () => {
    const exits: number[] = [];
    const target = Object.assign(new EventEmitter(), { exit: (code: number) => void exits.push(code) });
    const told: string[] = [];
    {
      using interrupts = listenForInterrupts((sentence) => void told.push(sentence), target);
      expect(interrupts.request.wanted).toBe('no');
      target.emit('SIGINT');
      expect([interrupts.request.wanted, interrupts.signal.aborted]).toEqual(['finishing', false]);
      target.emit('SIGTERM');
      expect([interrupts.request.wanted, interrupts.signal.aborted]).toEqual(['now', true]);
      target.emit('SIGINT');
      expect(exits).toEqual([130]);
    }
    expect(told).toEqual(['Finishing this step and saving. Press Ctrl-C again to stop now.', 'Stopping.']);
    expect(target.listenerCount('SIGINT') + target.listenerCount('SIGTERM')).toBe(0);
  });
});
