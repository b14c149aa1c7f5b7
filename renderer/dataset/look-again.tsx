/** Scans the pictures once more, for whoever changed files elsewhere. */
import { Button } from '@mantine/core';
import type { JSX } from 'react';
import { useStore } from 'zustand';
import { Icon } from '../icons/icon.tsx';
import { useApp } from '../state/app.ts';
import { datasetText } from '../text/dataset.ts';
import classes from './look-again.module.css';

export function LookAgain(): JSX.Element {
  const { dataset } = useApp();
  const isLooking = useStore(dataset, (state) => state.isLooking);
  return (
    <Button
      aria-busy={isLooking}
      className={classes.button ?? ''}
      leftSection={<Icon name="reset" size={15} />}
      onClick={() => dataset.getState().scanAgain()}
    >
      {datasetText.lookAgain}
    </Button>
  );
}
