/** Tags of all selected captions at once: add, remove, replace. */
import { Button, Popover, SegmentedControl, TextInput } from '@mantine/core';
import { useState, type JSX } from 'react';
import { useStore } from 'zustand';
import { Icon, type IconName } from '../icons/icon.tsx';
import { useApp } from '../state/app.ts';
import type { TagEdit } from '../state/dataset.ts';
import { reportOf } from '../state/failures.ts';
import { datasetText } from '../text/dataset.ts';
import classes from './dataset.module.css';

const TOOLS: readonly { readonly kind: TagEdit['kind']; readonly icon: IconName; readonly label: string }[] = [
  { kind: 'add', icon: 'tag', label: datasetText.addTag },
  { kind: 'remove', icon: 'minus', label: datasetText.removeTag },
  { kind: 'replace', icon: 'replace', label: datasetText.replaceTag },
];

export function TagTools(): JSX.Element {
  const { dataset } = useApp();
  const selected = useStore(dataset, (state) => state.selected.size);
  const [open, setOpen] = useState<TagEdit['kind']>();
  const [said, setSaid] = useState('');
  return (
    <span className={classes.tools}>
      {TOOLS.map(({ kind, icon, label }) => (
        <Popover
          key={kind}
          opened={open === kind}
          onChange={(isOpen) => setOpen(isOpen ? kind : undefined)}
          position="bottom-start"
          shadow="md"
          trapFocus
        >
          <Popover.Target>
            <Button
              leftSection={<Icon name={icon} size={14} />}
              disabled={selected === 0}
              onClick={() => setOpen(open === kind ? undefined : kind)}
            >
              {label}
            </Button>
          </Popover.Target>
          <Popover.Dropdown>
            <TagForm
              kind={kind}
              count={selected}
              onDone={(text) => {
                setOpen(undefined);
                setSaid(text);
              }}
            />
          </Popover.Dropdown>
        </Popover>
      ))}
      <span role="status" className={classes.count}>
        {said}
      </span>
    </span>
  );
}

interface TagFormProps {
  readonly kind: TagEdit['kind'];
  /** Pictures whose captions it changes. */
  readonly count: number;
  readonly onDone: (said: string) => void;
}

function TagForm({ kind, count, onDone }: TagFormProps): JSX.Element {
  const { dataset } = useApp();
  const [first, setFirst] = useState('');
  const [second, setSecond] = useState('');
  const [where, setWhere] = useState<'start' | 'end'>('end');
  const [error, setError] = useState<string>();
  const submit = async (): Promise<void> => {
    const tags = first
      .split(',')
      .map((tag) => tag.trim())
      .filter((tag) => tag !== '');
    const edit: TagEdit =
      kind === 'add'
        ? { kind, tags, where }
        : kind === 'remove'
          ? { kind, tags }
          : { kind, find: first, replace: second };
    try {
      onDone(datasetText.edited(await dataset.getState().editTags(edit)));
    } catch (problem) {
      setError(reportOf(problem).what);
    }
  };
  return (
    <form
      className={classes.tagForm}
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <TextInput
        data-autofocus
        label={kind === 'replace' ? datasetText.find : datasetText.tag}
        value={first}
        error={error}
        onChange={({ currentTarget }) => setFirst(currentTarget.value)}
      />
      {kind === 'replace' && (
        <TextInput
          label={datasetText.replaceWith}
          value={second}
          onChange={({ currentTarget }) => setSecond(currentTarget.value)}
        />
      )}
      {kind === 'add' && (
        <SegmentedControl
          aria-label={datasetText.addTag}
          value={where}
          data={[
            { value: 'start', label: datasetText.atStart },
            { value: 'end', label: datasetText.atEnd },
          ]}
          onChange={(next) => setWhere(next)}
        />
      )}
      <Button type="submit" variant="filled" disabled={first.trim() === '' || count === 0}>
        {datasetText.applyTo(count)}
      </Button>
    </form>
  );
}
