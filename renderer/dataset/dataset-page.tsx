/** The pictures: which folders, which buckets, every caption, and what would go wrong silently. */
import { Button, Tabs } from '@mantine/core';
import { useState, type JSX } from 'react';
import { useStore } from 'zustand';
import type { ErrorReport } from '../../trainer/base/errors.ts';
import type { DatasetScan } from '../../trainer/api/rpc/index.ts';
import { Icon } from '../icons/icon.tsx';
import { useApp } from '../state/app.ts';
import { imagesOf } from '../state/dataset-sight.ts';
import { reportOf } from '../state/failures.ts';
import { datasetText } from '../text/dataset.ts';
import { CaptionPanel } from './caption-panel.tsx';
import { DatasetGrid } from './dataset-grid.tsx';
import { DropArea } from './drop-area.tsx';
import type { Dropped } from './dropped-files.ts';
import { EmptyDataset } from './empty-dataset.tsx';
import { FolderPanel } from './folder-panel.tsx';
import { LookAgain } from './look-again.tsx';
import { sendFiles, setFolderOf, takePaths, type Taken } from './take-dropped.ts';
import { TakenReport } from './taken-report.tsx';
import classes from './dataset.module.css';

export function DatasetPage(): JSX.Element {
  const app = useApp();
  const scan = useStore(app.dataset, (state) => state.scan);
  const [failure, setFailure] = useState<ErrorReport>();
  const [taken, setTaken] = useState<Taken>();
  const [sent, setSent] = useState<{ readonly done: number; readonly all: number }>();
  const attempt = (action: Promise<Taken>): void => {
    setFailure(undefined);
    setTaken(undefined);
    action.then(setTaken, (error: unknown) => setFailure(reportOf(error))).finally(() => setSent(undefined));
  };
  const onFiles = async (dropped: Promise<Dropped>): Promise<Taken> =>
    sendFiles(app, await dropped, (done, all) => setSent({ done, all }));
  return (
    <DropArea
      onPaths={(paths) => attempt(takePaths(app, paths))}
      onFiles={app.upload === undefined ? undefined : (dropped) => attempt(onFiles(dropped))}
    >
      {failure !== undefined && (
        <p className={classes.failed} role="alert">
          <strong>{failure.what}.</strong> {failure.fix}
        </p>
      )}
      {sent !== undefined && (
        <p className={classes.sending} role="status">
          {datasetText.sending(sent.done, sent.all)}
        </p>
      )}
      {taken !== undefined && <TakenReport taken={taken} onClose={() => setTaken(undefined)} />}
      {scan === undefined ? <EmptyDataset /> : <Pictures scan={scan} />}
    </DropArea>
  );
}

function Pictures({ scan }: { readonly scan: DatasetScan }): JSX.Element {
  const app = useApp();
  const { shell, dataset } = app;
  const sight = useStore(dataset, (state) => state.sight);
  const { show } = dataset.getState();
  const regularisation = scan.images.length - scan.images.filter((image) => !image.isRegularisation).length;
  const pick = async (): Promise<void> => {
    const path = await shell?.pickFolder({ title: datasetText.choose });
    if (path !== undefined) setFolderOf(app, path);
  };
  return (
    <>
      <h1 className="visually-hidden">{datasetText.title}</h1>
      <Tabs
        value={sight.kind}
        className={classes.tabs ?? ''}
        onChange={(next) => show({ kind: next === 'regularisation' ? next : 'training', folder: undefined })}
      >
        <div className={classes.tabBar}>
          <Tabs.List>
            <Tabs.Tab value="training">
              {datasetText.training} <span className={classes.count}>{scan.images.length - regularisation}</span>
            </Tabs.Tab>
            {regularisation > 0 && (
              <Tabs.Tab value="regularisation">
                {datasetText.regularisation} <span className={classes.count}>{regularisation}</span>
              </Tabs.Tab>
            )}
          </Tabs.List>
          <span className={classes.tabActions}>
            <LookAgain />
            {shell !== undefined && (
              <Button leftSection={<Icon name="folder" size={15} />} onClick={() => void pick()}>
                {datasetText.choose}
              </Button>
            )}
          </span>
        </div>
        <Tabs.Panel value={sight.kind} className={classes.columns ?? ''}>
          <FolderPanel scan={scan} sight={sight} onFolder={(folder) => show({ folder })} />
          <DatasetGrid scan={scan} sight={sight} />
          <CaptionPanel scan={scan} images={imagesOf(scan, sight)} />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}
