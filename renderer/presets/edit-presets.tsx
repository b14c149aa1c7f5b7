/** The user's own presets: other names, away with them, and what is wrong with those that cannot be read. */
import { Button, Modal, TextInput } from '@mantine/core';
import { useState, type JSX } from 'react';
import { useStore } from 'zustand';
import type { ErrorReport } from '../../trainer/base/errors.ts';
import { useApp } from '../state/app.ts';
import { presetText } from '../text/presets.ts';
import classes from './presets.module.css';

export function EditPresets({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const { presets: store } = useApp();
  const presets = useStore(store, (state) => state.presets);
  const broken = useStore(store, (state) => state.broken);
  const failure = useStore(store, (state) => state.failure);
  const own = presets.filter(({ isBuiltIn }) => !isBuiltIn);
  return (
    <Modal
      opened
      onClose={onClose}
      title={<strong>{presetText.editTitle}</strong>}
      centered
      closeButtonProps={{ 'aria-label': presetText.close }}
    >
      {failure !== undefined && (
        <p className={classes.failure} role="alert">
          <strong>{failure.what}.</strong> {failure.fix}
        </p>
      )}
      {own.length + broken.length === 0 && <p className={classes.body}>{presetText.noOwn}</p>}
      <ul className={classes.list}>
        {own.map(({ name }) => (
          <OwnPreset key={name} name={name} />
        ))}
        {broken.map(({ name, error }) => (
          <OwnPreset key={name} name={name} error={error} />
        ))}
      </ul>
      <div className={classes.buttons}>
        <Button variant="filled" onClick={onClose}>
          {presetText.close}
        </Button>
      </div>
    </Modal>
  );
}

interface OwnPresetProps {
  readonly name: string;
  readonly error?: ErrorReport;
}

function OwnPreset({ name, error }: OwnPresetProps): JSX.Element {
  const store = useApp().presets.getState();
  const [doing, setDoing] = useState<'nothing' | 'rename' | 'delete'>('nothing');
  const [next, setNext] = useState(name);
  const rest = (): void => setDoing('nothing');
  if (doing === 'rename') {
    return (
      <li>
        <form
          className={classes.own}
          onSubmit={(event) => {
            event.preventDefault();
            void store.rename(name, next).then((isDone) => isDone && rest());
          }}
        >
          <TextInput
            autoFocus
            aria-label={presetText.newName(name)}
            value={next}
            spellCheck={false}
            onChange={({ currentTarget }) => setNext(currentTarget.value)}
          />
          <Button onClick={rest}>{presetText.cancel}</Button>
          <Button type="submit" variant="filled" disabled={next.trim() === ''}>
            {presetText.rename}
          </Button>
        </form>
      </li>
    );
  }
  if (doing === 'delete') {
    return (
      <li className={classes.own}>
        <span role="alert">{presetText.sure(name)}</span>
        <Button autoFocus onClick={rest}>
          {presetText.cancel}
        </Button>
        <Button data-danger onClick={() => void store.remove(name)}>
          {presetText.remove}
        </Button>
      </li>
    );
  }
  return (
    <li className={classes.own}>
      <span>
        {name}
        {error !== undefined && (
          <span className={classes.reason}>
            {presetText.broken}: {error.what}. {error.fix}
          </span>
        )}
      </span>
      <Button aria-label={presetText.renameOf(name)} onClick={() => setDoing('rename')}>
        {presetText.rename}
      </Button>
      <Button aria-label={presetText.removeOf(name)} onClick={() => setDoing('delete')}>
        {presetText.remove}
      </Button>
    </li>
  );
}
