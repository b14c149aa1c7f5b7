/** The last sample of a run, small; where it drew none, an icon. */
import type { JSX } from 'react';
import { Icon, type IconName } from '../icons/icon.tsx';
import { useApp } from '../state/app.ts';
import classes from './run-picture.module.css';

const SIDE = 96;

interface RunPictureProps {
  readonly picture: string | undefined;
  readonly icon: IconName;
}

export function RunPicture({ picture, icon }: RunPictureProps): JSX.Element {
  const { pictureUrl } = useApp();
  if (picture !== undefined) {
    return <img className={classes.picture} src={pictureUrl(picture, SIDE)} alt="" loading="lazy" />;
  }
  return (
    <span className={classes.picture}>
      <Icon name={icon} size={16} />
    </span>
  );
}
