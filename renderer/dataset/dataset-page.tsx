/** The pictures: which folders, which buckets, every caption, and what would go wrong silently. */
import { Button, Tabs } from '@mantine/core';
import { useState, type JSX } from 'react';
import { useStore } from 'zustand';
import { must } from '../../trainer/base/errors.ts';
import type { DatasetScan } from '../../trainer/api/rpc/index.ts';
import { fieldAt } from '../form/settings.ts';
import { Icon } from '../icons/icon.tsx';
import { useApp, type App } from '../state/app.ts';
import { datasetText } from '../text/dataset.ts';
import { CaptionPanel } from './caption-panel.tsx';
import { DatasetGrid } from './dataset-grid.tsx';
import { DropArea } from './drop-area.tsx';
import { EmptyDataset } from './empty-dataset.tsx';
import { FolderPanel } from './folder-panel.tsx';
import classes from './dataset.module.css';

const setFolderOf = ({ job }: App, path: string): void =>
  job.getState().set(must(fieldAt('train_data_dir'), 'the field of the image folder'), path);

/** A folder becomes the dataset; pictures are copied into the dataset's first folder. */
async function take(app: App, paths: readonly string[]): Promise<void> {
  const [first] = paths;
  if (first === undefined) return;
  const { kind } = await app.connection.client.call('files.status', { path: first });
  const folder = app.dataset.getState().scan?.subsets[0]?.folder;
  if (kind === 'folder') {
    setFolderOf(app, first);
  } else if (folder !== undefined) {
    await app.connection.client.call('dataset.add', { folder, paths });
    app.dataset.getState().scanAgain();
  }
}

export function DatasetPage(): JSX.Element {
  const app = useApp();
  const scan = useStore(app.dataset, (state) => state.scan);
  return (
    <DropArea onDrop={(paths) => void take(app, paths)}>
      {scan === undefined ? <EmptyDataset /> : <Pictures scan={scan} />}
    </DropArea>
  );
}

type Kind = 'training' | 'regularisation';

function Pictures({ scan }: { readonly scan: DatasetScan }): JSX.Element {
  const app = useApp();
  const { shell } = app;
  const [kind, setKind] = useState<Kind>('training');
  const [folder, setFolder] = useState<number>();
  const ofKind = scan.images.filter(({ isRegularisation }) => isRegularisation === (kind === 'regularisation'));
  const images = folder === undefined ? ofKind : ofKind.filter(({ subset }) => subset === folder);
  const regularisation = scan.images.length - scan.images.filter((image) => !image.isRegularisation).length;
  const pick = async (): Promise<void> => {
    const path = await shell?.pickFolder({ title: datasetText.choose });
    if (path !== undefined) setFolderOf(app, path);
  };
  return (
    <>
      <h1 className="visually-hidden">{datasetText.title}</h1>
      <Tabs
        value={kind}
        className={classes.tabs ?? ''}
        onChange={(next) => {
          setKind(next as Kind);
          setFolder(undefined);
        }}
      >
        <Tabs.List>
          <Tabs.Tab value="training">
            {datasetText.training} <span className={classes.count}>{scan.images.length - regularisation}</span>
          </Tabs.Tab>
          {regularisation > 0 && (
            <Tabs.Tab value="regularisation">
              {datasetText.regularisation} <span className={classes.count}>{regularisation}</span>
            </Tabs.Tab>
          )}
          {shell !== undefined && (
            <Button
              className={classes.tabAction ?? ''}
              leftSection={<Icon name="folder" size={15} />}
              onClick={() => void pick()}
            >
              {datasetText.choose}
            </Button>
          )}
        </Tabs.List>
        <Tabs.Panel value={kind} className={classes.columns ?? ''}>
          <FolderPanel scan={scan} kind={kind} folder={folder} onFolder={setFolder} />
          <DatasetGrid scan={scan} images={images} />
          <CaptionPanel scan={scan} images={images} />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}
