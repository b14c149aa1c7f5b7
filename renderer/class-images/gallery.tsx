/** The class images that are there, small, to be opened or chosen for removal. */
import { Button } from '@mantine/core';
import { useId, type JSX } from 'react';
import { useStore } from 'zustand';
import type { ClassImageShape, ClassImagesShape } from '../../trainer/api/rpc/index.ts';
import { VirtualGrid } from '../dataset/virtual-grid.tsx';
import { Icon } from '../icons/icon.tsx';
import { useApp, useJob } from '../state/app.ts';
import { isOn } from '../state/run.ts';
import { classImagesText } from '../text/class-images.ts';
import classes from './class-images.module.css';

interface GalleryProps {
  readonly images: ClassImagesShape;
  readonly onShow: (file: string) => void;
}

const PICTURE_SIDE = 192;
const CELL = { width: 108, height: 108 } as const;

export function ClassImageGallery({ images, onShow }: GalleryProps): JSX.Element {
  const { classImages, pictureUrl } = useApp();
  const { chosen, choose, making } = useStore(classImages);
  const draw = ({ file, wanted }: ClassImageShape): JSX.Element => (
    <div key={file} className={classes.item} data-chosen={chosen.has(file) || undefined}>
      <button type="button" aria-label={classImagesText.open(file)} onClick={() => onShow(file)}>
        <img src={pictureUrl(file, PICTURE_SIDE)} alt="" loading="lazy" draggable={false} />
      </button>
      <input
        type="checkbox"
        aria-label={classImagesText.choose(file)}
        checked={chosen.has(file)}
        disabled={making !== undefined}
        onChange={({ currentTarget }) => choose(file, currentTarget.checked)}
      />
      {!wanted && <span className={classes.mark}>{classImagesText.unwanted}</span>}
    </div>
  );
  return (
    <>
      <div className={classes.gallery}>
        <VirtualGrid
          count={images.pictures.length}
          cell={CELL}
          label={classImagesText.gallery}
          draw={(index) => {
            const picture = images.pictures[index];
            return picture !== undefined && draw(picture);
          }}
        />
      </div>
      {chosen.size > 0 && making === undefined && <Weeding count={chosen.size} />}
    </>
  );
}

function Weeding({ count }: { readonly count: number }): JSX.Element {
  const { classImages, run } = useApp();
  const isBesideRun = useStore(run, ({ status }) => isOn(status));
  const reason = useId();
  const table = useJob((state) => state.table);
  const { remove, chooseNone } = useStore(classImages);
  const areReplaced = table['replace_removed_class_images'] !== false;
  const inPlace = areReplaced ? classImagesText.replaced : classImagesText.notReplaced;
  return (
    <div className={classes.weeding}>
      <Button
        leftSection={<Icon name="trash" size={15} />}
        disabled={isBesideRun}
        aria-describedby={reason}
        onClick={() => void remove(table)}
      >
        {classImagesText.remove(count)}
      </Button>
      <Button variant="subtle" onClick={chooseNone}>
        {classImagesText.chooseNone}
      </Button>
      <span id={reason}>{isBesideRun ? classImagesText.besideRun : `${inPlace} ${classImagesText.keptIn}`}</span>
    </div>
  );
}
