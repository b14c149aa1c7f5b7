/** Keeps the job's settings under a name, without what belongs to this dataset and this computer unless that is ticked. */
import { Button, Checkbox, Modal, TextInput } from '@mantine/core';
import { useState, type JSX } from 'react';
import { useStore } from 'zustand';
import { withoutPlaces } from '../../trainer/api/job/index.ts';
import { useApp, useJob } from '../state/app.ts';
import { presetText } from '../text/presets.ts';
import classes from './presets.module.css';

export function SavePreset({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const { presets } = useApp();
  const table = useJob((state) => state.table);
  const failure = useStore(presets, (state) => state.failure);
  const known = useStore(presets, (state) => state.presets);
  const [name, setName] = useState('');
  const [withPlaces, setWithPlaces] = useState(false);
  const [replaces, setReplaces] = useState(false);
  const kept = withPlaces ? table : withoutPlaces(table);
  const old = known.find((each) => !each.isBuiltIn && each.name.toLowerCase() === name.trim().toLowerCase());
  const save = async (): Promise<void> => {
    const wanted = old !== undefined && replaces ? old.name : name;
    const isSaved = await presets
      .getState()
      .save({ name: wanted, table, withPlaces, replaces: old !== undefined && replaces });
    if (isSaved) onClose();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={<strong>{presetText.saveTitle}</strong>}
      centered
      closeButtonProps={{ 'aria-label': presetText.cancel }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <TextInput
          data-autofocus
          label={presetText.name}
          value={name}
          spellCheck={false}
          error={failure === undefined ? undefined : `${failure.what}. ${failure.fix}`}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
        />
        <Checkbox
          size="xs"
          className={classes.choice ?? ''}
          label={presetText.withPlaces}
          checked={withPlaces}
          onChange={({ currentTarget }) => setWithPlaces(currentTarget.checked)}
        />
        {old !== undefined && (
          <Checkbox
            size="xs"
            className={classes.choice ?? ''}
            label={presetText.replaces(old.name)}
            checked={replaces}
            onChange={({ currentTarget }) => setReplaces(currentTarget.checked)}
          />
        )}
        <p className={classes.quiet}>{presetText.kept(Object.keys(kept).length)}</p>
        <div className={classes.buttons}>
          <Button onClick={onClose}>{presetText.cancel}</Button>
          <Button type="submit" variant="filled" disabled={name.trim() === ''}>
            {presetText.saveNow}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
