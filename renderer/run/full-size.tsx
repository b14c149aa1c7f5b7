/** Two samples in the whole window: arrow keys go from sample to sample, Escape goes back. */
import { Button, Modal } from '@mantine/core';
import type { JSX, KeyboardEvent } from 'react';
import { Icon } from '../icons/icon.tsx';
import { runText } from '../text/run.ts';
import { chosenOf, neighbour, type Choice } from './chosen-samples.ts';
import { Compare } from './compare.tsx';
import type { Matrix } from './matrix.ts';
import classes from './compare.module.css';

interface FullSizeProps {
  readonly matrix: Matrix;
  /** Nothing: it is closed. */
  readonly choice: Choice | undefined;
  readonly onChoose: (choice: Choice) => void;
  readonly onClose: () => void;
}

const JUMPS: Readonly<Record<string, readonly [steps: number, prompts: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

export function FullSize({ matrix, choice, onChoose, onClose }: FullSizeProps): JSX.Element {
  const chosen = choice === undefined ? undefined : chosenOf(matrix, choice);
  const at = (steps: number, prompts: number): Choice | undefined =>
    choice === undefined ? undefined : neighbour(matrix, choice, steps, prompts);
  const go = (next: Choice | undefined): void => {
    if (next !== undefined) onChoose(next);
  };
  const onKey = (event: KeyboardEvent<HTMLDivElement>): void => {
    // The curtain and the lists of steps have arrow keys of their own.
    if (event.target instanceof HTMLInputElement) return;
    const jump = JUMPS[event.key];
    if (jump === undefined) return;
    event.preventDefault();
    go(at(...jump));
  };
  return (
    <Modal
      fullScreen
      opened={chosen !== undefined}
      onClose={onClose}
      title={<strong>{runText.fullSize}</strong>}
      closeButtonProps={{ 'aria-label': runText.close }}
      onKeyDown={onKey}
    >
      {chosen !== undefined && (
        <>
          <div className={classes.ways}>
            <Button
              leftSection={
                <span className={classes.back}>
                  <Icon name="chevronRight" size={15} />
                </span>
              }
              aria-disabled={at(-1, 0) === undefined}
              onClick={() => go(at(-1, 0))}
            >
              {runText.earlier}
            </Button>
            <Button
              data-autofocus
              rightSection={<Icon name="chevronRight" size={15} />}
              aria-disabled={at(1, 0) === undefined}
              onClick={() => go(at(1, 0))}
            >
              {runText.later}
            </Button>
            <span className={classes.place} role="status">
              {runText.atStep(chosen.b.step)}
            </span>
          </div>
          <Compare
            isLarge
            prompt={chosen.prompt}
            samples={chosen.cells}
            a={chosen.a}
            b={chosen.b}
            onA={(step) => onChoose({ row: chosen.promptIndex, a: step, b: chosen.b.step })}
            onB={(step) => onChoose({ row: chosen.promptIndex, a: chosen.a.step, b: step })}
          />
        </>
      )}
    </Modal>
  );
}
