/** Folders with their repeats, and the shapes that pictures are trained at. */
import type { JSX } from 'react';
import type { DatasetScan } from '../../trainer/api/rpc/index.ts';
import { Icon } from '../icons/icon.tsx';
import { useJob } from '../state/app.ts';
import type { Sight } from '../state/dataset-sight.ts';
import { datasetText } from '../text/dataset.ts';
import classes from './dataset.module.css';

interface FolderPanelProps {
  readonly scan: DatasetScan;
  readonly sight: Sight;
  readonly onFolder: (folder: string | undefined) => void;
}

export function FolderPanel({ scan, sight, onFolder }: FolderPanelProps): JSX.Element {
  const resolution = useJob(({ table }) => String(table['resolution'] ?? '512,512'));
  const subsets = scan.subsets.filter(({ isRegularisation }) => isRegularisation === (sight.kind === 'regularisation'));
  const largest = Math.max(...scan.buckets.map(({ width, height }) => Math.max(width, height)), 1);
  return (
    <aside className={classes.folders} aria-label={datasetText.folders}>
      <h2 className={classes.small}>{datasetText.folders}</h2>
      {subsets.map(({ folder, name, imageCount, repeats }) => (
        <button
          key={folder}
          type="button"
          className={classes.folder}
          aria-pressed={sight.folder === folder}
          onClick={() => onFolder(sight.folder === folder ? undefined : folder)}
        >
          <Icon name="folder" size={16} />
          <span className={classes.folderName}>{name}</span>
          <span className={classes.count}>{imageCount}</span>
          <span className={classes.folderSum}>{datasetText.times(imageCount, repeats)}</span>
        </button>
      ))}
      <h2 className={classes.small}>{datasetText.buckets(resolution)}</h2>
      <ul className={classes.buckets}>
        {scan.buckets.map(({ width, height, images }) => (
          <li key={`${width} ${height}`}>
            <span
              className={classes.shape}
              style={{ width: `${(width / largest) * 1.125}rem`, height: `${(height / largest) * 1.125}rem` }}
            />
            <span>
              {width} × {height}
            </span>
            <strong>{images}</strong>
          </li>
        ))}
      </ul>
    </aside>
  );
}
