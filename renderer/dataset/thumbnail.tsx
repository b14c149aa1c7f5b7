/** One picture of the grid: whole, with what its bucket cuts off darkened, its name, tokens, and what is wrong. */
import type { CSSProperties, JSX, MouseEvent } from 'react';
import type { DatasetImageShape, DatasetScan } from '../../trainer/api/rpc/index.ts';
import { Icon } from '../icons/icon.tsx';
import { useApp } from '../state/app.ts';
import { datasetText } from '../text/dataset.ts';
import { cutOf } from './crop-frame.ts';
import classes from './dataset.module.css';

interface ThumbnailProps {
  readonly image: DatasetImageShape;
  readonly scan: DatasetScan;
  readonly isSelected: boolean;
  readonly isCurrent: boolean;
  readonly showsCrop: boolean;
  readonly onPress: (event: MouseEvent) => void;
  readonly onToggle: () => void;
}

export function Thumbnail(props: ThumbnailProps): JSX.Element {
  const { image, scan, isSelected, isCurrent, showsCrop, onPress, onToggle } = props;
  const { pictureUrl } = useApp();
  const { horizontal, vertical } = cutOf(image);
  const finding = image.findings.map((index) => scan.findings[index]).find((one) => one !== undefined);
  const warning = image.captionFrom === 'file' ? finding?.what : datasetText.withoutCaption;
  const shape: CSSProperties & Record<`--${string}`, string> = {
    aspectRatio: `${image.width} / ${image.height}`,
    ...(image.width >= image.height ? { width: '100%' } : { height: '100%' }),
    '--cut-x': `${horizontal * 50}%`,
    '--cut-y': `${vertical * 50}%`,
  };
  return (
    <div className={classes.thumbnail} data-selected={isSelected || undefined} data-current={isCurrent || undefined}>
      <button
        type="button"
        className={classes.tile}
        aria-current={isCurrent}
        aria-label={datasetText.image(image.name, image.tokens)}
        onClick={onPress}
      >
        <span className={classes.picture} style={shape}>
          <img src={pictureUrl(image.path, 320)} alt="" loading="lazy" draggable={false} />
          {showsCrop && horizontal + vertical > 0.005 && <span className={classes.crop} />}
        </span>
      </button>
      <input
        type="checkbox"
        className={classes.check}
        checked={isSelected}
        aria-label={image.name}
        onChange={onToggle}
      />
      <span className={classes.name}>
        <span>{image.name}</span>
        {warning === undefined ? (
          <span className={classes.count}>{image.tokens}</span>
        ) : (
          <Icon name="warning" size={14} />
        )}
      </span>
      <span className={classes.under} data-warning={warning !== undefined || undefined}>
        {warning ?? `${image.bucket.width} × ${image.bucket.height}`}
      </span>
    </div>
  );
}
