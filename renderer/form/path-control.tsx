/** A setting that is a path. What was found there stands at its right. */
import type { JSX } from 'react';
import { useStore } from 'zustand';
import { Icon } from '../icons/icon.tsx';
import { useApp } from '../state/app.ts';
import { WHEN_EMPTY } from '../text/fields.ts';
import { trainText } from '../text/train.ts';
import type { ControlProps } from './controls.tsx';
import { PathInput } from './path-input.tsx';
import classes from './controls.module.css';

export function PathControl({ field, id, value, invalid, onChange }: ControlProps): JSX.Element {
  const { knob } = field;
  return (
    <PathInput
      id={id}
      name={knob.label}
      value={typeof value === 'string' ? value : ''}
      picks={knob.picks ?? 'file or folder'}
      placeholder={WHEN_EMPTY[field.path] ?? ''}
      invalid={invalid}
      fact={<Fact path={field.path} />}
      onChange={(next) => onChange(next === '' ? undefined : next)}
    />
  );
}

/** What the service found at the path: the family of a model, the pictures of a folder. */
function Fact({ path }: { readonly path: string }): JSX.Element | null {
  const { check, dataset } = useApp();
  const checkpoint = useStore(check, (state) => state.checkpoint?.title);
  const images = useStore(dataset, ({ scan }) => scan?.images.filter((image) => !image.isRegularisation).length);
  const classImages = useStore(dataset, ({ scan }) => scan?.images.filter((image) => image.isRegularisation).length);
  if (path === 'pretrained_model_name_or_path' && checkpoint !== undefined) {
    return <span className={classes.fact}>{trainText.detected(checkpoint)}</span>;
  }
  const count = path === 'train_data_dir' ? images : path === 'reg_data_dir' ? classImages : undefined;
  if (count === undefined || count === 0) return null;
  return (
    <span className={classes.plainFact}>
      <Icon name="check" size={13} /> {trainText.images(count)}
    </span>
  );
}
