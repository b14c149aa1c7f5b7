/** The class images that are there, small, to be opened or chosen for removal. */
import { Button } from '@mantine/core';
import type { JSX } from 'react';
import { useStore } from 'zustand';
import type { ClassImagesShape } from '../../trainer/api/rpc/index.ts';
import { Icon } from '../icons/icon.tsx';
import { useApp, useJob } from '../state/app.ts';
import { classImagesText } from '../text/class-images.ts';
import classes from './class-images.module.css';

interface GalleryProps {
  readonly images: ClassImagesShape;
  readonly onShow: (file: string) => void;
}

const SIDE = 192;

export function ClassImageGallery({ images, onShow }: GalleryProps): JSX.Element {
  const { classImages, pictureUrl } = useApp();
  const { chosen, choose, making } = useStore(classImages);
  return (
    <>
      <ul className={classes.gallery} aria-label={classImagesText.gallery}>
        {images.pictures.map(({ file, wanted }) => (
          <li key={file} className={classes.item} data-chosen={chosen.has(file) || undefined}>
            <button type="button" aria-label={classImagesText.open(file)} onClick={() => onShow(file)}>
              <img src={pictureUrl(file, SIDE)} alt="" loading="lazy" draggable={false} />
            </button>
            <input
              type="checkbox"
              aria-label={classImagesText.choose(file)}
              checked={chosen.has(file)}
              disabled={making !== undefined}
              onChange={({ currentTarget }) => choose(file, currentTarget.checked)}
            />
            {!wanted && <span className={classes.mark}>{classImagesText.unwanted}</span>}
          </li>
        ))}
      </ul>
      {chosen.size > 0 && making === undefined && <Weeding count={chosen.size} />}
    </>
  );
}

function Weeding({ count }: { readonly count: number }): JSX.Element {
  const { classImages } = useApp();
  const table = useJob((state) => state.table);
  const { remove, chooseNone } = useStore(classImages);
  const areReplaced = table['replace_removed_class_images'] !== false;
  return (
    <div className={classes.weeding}>
      <Button leftSection={<Icon name="trash" size={15} />} onClick={() => void remove(table)}>
        {classImagesText.remove(count)}
      </Button>
      <Button variant="subtle" onClick={chooseNone}>
        {classImagesText.chooseNone}
      </Button>
      <span>
        {areReplaced ? classImagesText.replaced : classImagesText.notReplaced} {classImagesText.keptIn}
      </span>
    </div>
  );
}
