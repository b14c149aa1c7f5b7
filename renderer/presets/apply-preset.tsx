/** What a preset would change, setting by setting, before it does. */
import { Button, Checkbox, Modal } from '@mantine/core';
import { useState, type JSX } from 'react';
import type { Preset } from '../../trainer/api/rpc/index.ts';
import { shown } from '../form/help.tsx';
import { presetChange } from '../form/preset-change.ts';
import { useApp, useJob } from '../state/app.ts';
import { presetText } from '../text/presets.ts';
import classes from './presets.module.css';

interface ApplyPresetProps {
  readonly preset: Preset;
  readonly onApplied: (count: number) => void;
  readonly onClose: () => void;
}

export function ApplyPreset({ preset, onApplied, onClose }: ApplyPresetProps): JSX.Element {
  const { job } = useApp();
  const table = useJob((state) => state.table);
  const [resets, setResets] = useState(true);
  const change = presetChange(table, preset.table, resets);
  const apply = (): void => {
    job.getState().apply(change);
    onApplied(change.rows.length);
    onClose();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={<strong>{presetText.applyTitle(preset.name)}</strong>}
      centered
      size="lg"
      closeButtonProps={{ 'aria-label': presetText.cancel }}
    >
      {preset.about !== undefined && <p className={classes.body}>{preset.about}</p>}
      <p className={classes.body} role="status">
        {change.rows.length === 0 ? presetText.noChange : presetText.changes(change.rows.length)}
      </p>
      {change.rows.length > 0 && (
        <div className={classes.changes}>
          <table>
            <thead>
              <tr>
                <th scope="col">{presetText.setting}</th>
                <th scope="col">{presetText.before}</th>
                <th scope="col">{presetText.after}</th>
              </tr>
            </thead>
            <tbody>
              {change.rows.map(({ field, before, after }) => (
                <tr key={field.path}>
                  <th scope="row" title={field.path}>
                    {field.knob.label}
                  </th>
                  <td>{before === undefined ? presetText.notSet : shown(before)}</td>
                  <td>{after === undefined ? presetText.notSet : shown(after)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Checkbox
        size="xs"
        className={classes.choice ?? ''}
        label={presetText.resets}
        checked={resets}
        onChange={({ currentTarget }) => setResets(currentTarget.checked)}
      />
      <div className={classes.buttons}>
        <Button onClick={onClose}>{presetText.cancel}</Button>
        <Button variant="filled" data-autofocus disabled={change.rows.length === 0} onClick={apply}>
          {presetText.apply}
        </Button>
      </div>
    </Modal>
  );
}
