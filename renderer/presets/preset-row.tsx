/** Presets in the Parameters of the form: chosen, looked at before they change anything, saved and edited. */
import { Button, Select } from '@mantine/core';
import { useState, type JSX } from 'react';
import { useStore } from 'zustand';
import type { Preset } from '../../trainer/api/rpc/index.ts';
import { trainsAs } from '../form/preset-change.ts';
import type { JobSettings } from '../form/settings.ts';
import { useApp, useJob } from '../state/app.ts';
import { presetText } from '../text/presets.ts';
import { ApplyPreset } from './apply-preset.tsx';
import { EditPresets } from './edit-presets.tsx';
import { SavePreset } from './save-preset.tsx';
import classes from './presets.module.css';

type Open =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'apply'; readonly preset: Preset }
  | { readonly kind: 'save' }
  | { readonly kind: 'edit' };

interface Applied {
  readonly name: string;
  readonly count: number;
  /** The job as it was right after. */
  readonly table: JobSettings;
}

export function PresetRow(): JSX.Element {
  const { job, presets: store } = useApp();
  const presets = useStore(store, (state) => state.presets);
  const broken = useStore(store, (state) => state.broken);
  const table = useJob((state) => state.table);
  const [open, setOpen] = useState<Open>({ kind: 'nothing' });
  const [applied, setApplied] = useState<Applied>();
  const current = presets.find((preset) => trainsAs(table, preset.table));
  const close = (): void => {
    setOpen({ kind: 'nothing' });
    store.getState().forgetFailure();
  };
  const choose = (name: string | null): void => {
    const preset = presets.find((each) => each.name === name);
    if (preset !== undefined) setOpen({ kind: 'apply', preset });
  };
  const hasOwn = broken.length > 0 || presets.some(({ isBuiltIn }) => !isBuiltIn);
  return (
    <div className={classes.row}>
      <label className={classes.label} htmlFor="preset">
        {presetText.label}
      </label>
      <Select
        id="preset"
        value={current?.name ?? null}
        placeholder={presetText.none}
        data={groupsOf(presets)}
        allowDeselect={false}
        onChange={choose}
        comboboxProps={{ shadow: 'md' }}
      />
      <Button onClick={() => setOpen({ kind: 'save' })}>{presetText.save}</Button>
      {hasOwn && <Button onClick={() => setOpen({ kind: 'edit' })}>{presetText.edit}</Button>}
      {applied !== undefined && applied.table === table && (
        <p className={classes.applied} role="status">
          {presetText.applied(applied.name, applied.count)}
          <Button variant="subtle" onClick={() => job.getState().undo()}>
            {presetText.undo}
          </Button>
        </p>
      )}
      {open.kind === 'apply' && (
        <ApplyPreset
          preset={open.preset}
          onClose={close}
          onApplied={(count) => setApplied({ name: open.preset.name, count, table: job.getState().table })}
        />
      )}
      {open.kind === 'save' && <SavePreset onClose={close} />}
      {open.kind === 'edit' && <EditPresets onClose={close} />}
    </div>
  );
}

const groupsOf = (presets: readonly Preset[]) =>
  [true, false].map((isOurs) => ({
    group: isOurs ? presetText.ours : presetText.own,
    items: presets.filter(({ isBuiltIn }) => isBuiltIn === isOurs).map(({ name }) => name),
  }));
