/** Engines in a list: one that does not work here says why, and cannot be chosen. */
import type { SelectProps } from '@mantine/core';
import { useStore } from 'zustand';
import { Icon } from '../icons/icon.tsx';
import { useApp } from '../state/app.ts';
import type { EngineTrials } from '../state/engines.ts';
import { whyNot } from '../text/engines.ts';
import classes from './engine-options.module.css';

export function useEngineOptions(
  names: readonly string[],
): Pick<SelectProps, 'data' | 'renderOption' | 'classNames' | 'comboboxProps'> {
  const trials = useStore(useApp().engines, (state) => state.trials);
  return {
    data: names.map((name) => ({ value: name, label: name, disabled: reasonAgainst(name, trials) !== undefined })),
    classNames: { option: classes.engine ?? '' },
    comboboxProps: { shadow: 'md', width: '20rem', position: 'bottom-start' },
    renderOption: ({ option: { value }, checked }) => (
      <span className={classes.row}>
        <span>
          {value}
          {checked === true && <Icon name="done" size={13} />}
        </span>
        <span className={classes.reason}>{reasonAgainst(value, trials)}</span>
      </span>
    ),
  };
}

function reasonAgainst(name: string, trials: EngineTrials | undefined): string | undefined {
  if (trials === undefined) return undefined;
  const trial = trials.find((one) => one.name === name);
  return trial?.works === true ? undefined : whyNot(trial);
}
