/** A class image in the whole window: arrow keys go to its neighbours, Escape goes back. */
import { Button, Checkbox, Modal } from '@mantine/core';
import type { JSX, KeyboardEvent } from 'react';
import { useStore } from 'zustand';
import { useApp } from '../state/app.ts';
import { classImagesText } from '../text/class-images.ts';
import classes from './class-images.module.css';

interface ViewerProps {
  readonly files: readonly string[];
  /** Nothing: it is closed. */
  readonly shown: string | undefined;
  readonly onShow: (file: string) => void;
  readonly onClose: () => void;
}

const JUMPS: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 };

export function ClassImageViewer({ files, shown, onShow, onClose }: ViewerProps): JSX.Element {
  const { classImages, pictureUrl } = useApp();
  const { chosen, choose } = useStore(classImages);
  const at = shown === undefined ? -1 : files.indexOf(shown);
  const go = (jump: number): void => {
    const file = files[at + jump];
    if (file !== undefined) onShow(file);
  };
  const onKey = (event: KeyboardEvent<HTMLDivElement>): void => {
    const jump = JUMPS[event.key];
    if (jump === undefined) return;
    event.preventDefault();
    go(jump);
  };
  return (
    <Modal
      fullScreen
      opened={at >= 0}
      onClose={onClose}
      title={<strong>{classImagesText.fullSize}</strong>}
      closeButtonProps={{ 'aria-label': classImagesText.close }}
      onKeyDown={onKey}
    >
      {shown !== undefined && at >= 0 && (
        <div className={classes.viewer}>
          <div className={classes.ways}>
            <Button aria-disabled={at === 0} onClick={() => go(-1)}>
              {classImagesText.before}
            </Button>
            <Button data-autofocus aria-disabled={at === files.length - 1} onClick={() => go(1)}>
              {classImagesText.after}
            </Button>
            <span role="status">{classImagesText.place(at + 1, files.length)}</span>
            <Checkbox
              label={classImagesText.choose(shown)}
              checked={chosen.has(shown)}
              onChange={({ currentTarget }) => choose(shown, currentTarget.checked)}
            />
          </div>
          <img src={pictureUrl(shown)} alt={classImagesText.open(shown)} />
        </div>
      )}
    </Modal>
  );
}
