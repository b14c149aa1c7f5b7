/** Takes folders and files that are dropped anywhere on the page. */
import { useState, type DragEvent, type JSX, type ReactNode } from 'react';
import { Icon } from '../icons/icon.tsx';
import { useApp } from '../state/app.ts';
import { datasetText } from '../text/dataset.ts';
import { droppedFiles, type Dropped } from './dropped-files.ts';
import classes from './dataset.module.css';

interface DropAreaProps {
  readonly children: ReactNode;
  readonly onPaths: (paths: readonly string[]) => void;
  /** In a browser, which tells no paths. */
  readonly onFiles: ((dropped: Promise<Dropped>) => void) | undefined;
}

export function DropArea({ children, onPaths, onFiles }: DropAreaProps): JSX.Element {
  const { shell } = useApp();
  const [over, setOver] = useState(0);
  const hasFiles = ({ dataTransfer }: DragEvent): boolean => dataTransfer.types.includes('Files');
  const handlers = {
    onDragEnter: (event: DragEvent) => {
      if (hasFiles(event)) setOver((depth) => depth + 1);
    },
    onDragLeave: (event: DragEvent) => {
      if (hasFiles(event)) setOver((depth) => Math.max(0, depth - 1));
    },
    onDragOver: (event: DragEvent) => {
      if (hasFiles(event)) event.preventDefault();
    },
    onDrop: (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(0);
      if (onFiles !== undefined) return onFiles(droppedFiles(event.dataTransfer));
      const paths = [...event.dataTransfer.files].map((file) => shell?.pathOf(file) ?? '');
      onPaths(paths.filter((path) => path !== ''));
    },
  };
  return (
    <div className={classes.dropArea} {...handlers}>
      {children}
      {over > 0 && (
        <div className={classes.dropHint}>
          <Icon name="sample" size={32} />
          <strong>{datasetText.dropHere}</strong>
        </div>
      )}
    </div>
  );
}
