/** The class images of the job: what is there, drawing what is missing, looking through them and weeding them. */
import { Button } from '@mantine/core';
import { useEffect, useState, type JSX } from 'react';
import { useStore } from 'zustand';
import type { ErrorReport } from '../../trainer/base/errors.ts';
import { Icon } from '../icons/icon.tsx';
import { useApp, useJob } from '../state/app.ts';
import { useWords } from '../state/words.ts';
import { classImagesText, howFar, inFolder } from '../text/class-images.ts';
import { ClassImageGallery } from './gallery.tsx';
import { ClassImageViewer } from './viewer.tsx';
import classes from './class-images.module.css';

export function ClassImagesPanel(): JSX.Element {
  const { classImages } = useApp();
  const table = useJob((state) => state.table);
  const { folder, making, failure, warnings, look, make, stop } = useStore(classImages);
  const [shown, setShown] = useState<string>();
  useEffect(() => look(table), [look, table]);
  const images = folder.kind === 'known' ? folder.images : undefined;
  const isEmpty = images === undefined || images.pictures.length === 0;
  return (
    <div className={classes.panel}>
      <div className={classes.actions}>
        {making === undefined ? (
          <Button
            leftSection={<Icon name="sample" size={15} />}
            disabled={images === undefined || images.missing === 0}
            onClick={() => void make(table)}
          >
            {isEmpty ? classImagesText.make : classImagesText.makeMore}
          </Button>
        ) : (
          <Button
            data-danger
            leftSection={<Icon name="stop" size={15} />}
            disabled={making.stopping}
            onClick={() => void stop()}
          >
            {classImagesText.stop}
          </Button>
        )}
        {making !== undefined && <Progress {...making} />}
      </div>
      <div className={classes.facts} role="status">
        {images !== undefined && making === undefined && <p>{inFolder(images).join(' ')}</p>}
        {warnings.map((warning) => (
          <p key={warning}>{warning}</p>
        ))}
        {folder.kind === 'failed' && <Trouble error={folder.error} />}
        {failure !== undefined && <Trouble error={failure} />}
      </div>
      {images !== undefined && !isEmpty && <ClassImageGallery images={images} onShow={setShown} />}
      {images !== undefined && (
        <ClassImageViewer
          files={images.pictures.map(({ file }) => file)}
          shown={shown}
          onShow={setShown}
          onClose={() => setShown(undefined)}
        />
      )}
    </div>
  );
}

function Progress(making: Parameters<typeof howFar>[0] & { readonly stopping: boolean }): JSX.Element {
  const part = making.total === 0 ? 0 : making.done / making.total;
  const words = making.stopping ? classImagesText.stopping : howFar(making);
  return (
    <div className={classes.progress}>
      <div
        className={classes.bar}
        role="progressbar"
        aria-label={classImagesText.progress}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.floor(part * 100)}
        aria-valuetext={words}
      >
        <span style={{ width: `${part * 100}%` }} />
      </div>
      <span>{words}</span>
    </div>
  );
}

function Trouble({ error }: { readonly error: ErrorReport }): JSX.Element {
  const { what, fix } = useWords()(error);
  return (
    <p className={classes.failed}>
      <strong>{what}.</strong> {fix}
    </p>
  );
}
