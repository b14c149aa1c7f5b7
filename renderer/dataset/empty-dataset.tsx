/** Before there are pictures: where to get them from. */
import { Button } from '@mantine/core';
import type { JSX } from 'react';
import { useStore } from 'zustand';
import { must } from '../../trainer/base/errors.ts';
import { Field } from '../form/field.tsx';
import { HelpProvider } from '../form/help.tsx';
import { fieldAt } from '../form/settings.ts';
import { Icon } from '../icons/icon.tsx';
import { useApp } from '../state/app.ts';
import { datasetText } from '../text/dataset.ts';
import { LookAgain } from './look-again.tsx';
import classes from './dataset.module.css';

export function EmptyDataset(): JSX.Element {
  const { dataset, shell, job } = useApp();
  const progress = useStore(dataset, (state) => state.progress);
  const field = must(fieldAt('train_data_dir'), 'the field of the image folder');
  const pick = async (): Promise<void> => {
    const path = await shell?.pickFolder({ title: datasetText.choose });
    if (path !== undefined) job.getState().set(field, path);
  };
  if (progress.kind === 'scanning') {
    return (
      <div className={classes.empty} role="status">
        {datasetText.scanning}
      </div>
    );
  }
  return (
    <div className={classes.empty}>
      <Icon name="dataset" size={36} />
      <h1 className={classes.emptyTitle}>{datasetText.emptyTitle}</h1>
      <p>{shell === undefined ? datasetText.emptyBrowser : datasetText.emptyBody}</p>
      {progress.kind === 'failed' && (
        <>
          <p className={classes.failed} role="alert">
            <strong>{progress.error.what}.</strong> {progress.error.fix}
          </p>
          <LookAgain />
        </>
      )}
      {shell !== undefined && (
        <Button variant="filled" onClick={() => void pick()}>
          {datasetText.choose}
        </Button>
      )}
      <div className={classes.emptyField}>
        <HelpProvider>
          <Field field={field} />
        </HelpProvider>
      </div>
    </div>
  );
}
