/**
 * A path: typed with completion from the service's folders, or picked in the desktop app's dialog.
 */
import { Autocomplete } from '@mantine/core';
import { useEffect, useState, type JSX, type ReactNode } from 'react';
import { Icon } from '../icons/icon.tsx';
import { useApp, type App } from '../state/app.ts';
import { fieldText } from '../text/fields.ts';
import classes from './controls.module.css';

interface PathInputProps {
  readonly id?: string;
  /** Said where no label of its own stands beside it. */
  readonly ariaLabel?: string;
  /** What it is a path of, for the button of the dialog. */
  readonly name: string;
  readonly value: string;
  readonly picks: Picks;
  readonly placeholder?: string;
  readonly invalid?: boolean;
  /** Where a dialog begins. */
  readonly focusFirst?: boolean;
  /** What was found there. */
  readonly fact?: ReactNode;
  readonly onChange: (path: string) => void;
}

export function PathInput(props: PathInputProps): JSX.Element {
  const { id, ariaLabel, name, value, picks, placeholder = '', invalid = false, focusFirst = false } = props;
  const { fact, onChange } = props;
  const app = useApp();
  const [isOpen, setOpen] = useState(false);
  const entries = useEntries(app, value, picks, isOpen);
  return (
    <Autocomplete
      {...(id === undefined ? {} : { id })}
      {...(ariaLabel === undefined ? {} : { 'aria-label': ariaLabel })}
      {...(focusFirst ? { 'data-autofocus': true } : {})}
      value={value}
      data={entries}
      filter={({ options }) => options}
      placeholder={placeholder}
      error={invalid}
      spellCheck={false}
      autoComplete="off"
      onDropdownOpen={() => setOpen(true)}
      onDropdownClose={() => setOpen(false)}
      onChange={onChange}
      comboboxProps={{ shadow: 'md' }}
      rightSectionWidth="auto"
      rightSectionPointerEvents="all"
      rightSection={
        <span className={classes.pathEnd}>
          {fact}
          {app.shell !== undefined && (
            <button
              type="button"
              className={classes.browse}
              aria-label={fieldText.browse(name)}
              title={fieldText.browse(name)}
              onClick={() => void pick(app, picks, value, onChange)}
            >
              <Icon name="folder" size={15} />
            </button>
          )}
        </span>
      }
    />
  );
}

export type Picks = 'file' | 'folder' | 'file or folder';

async function pick({ shell }: App, picks: Picks, from: string, onChange: (path: string) => void): Promise<void> {
  const folder = from === '' ? {} : { folder: from };
  const path = picks === 'folder' ? await shell?.pickFolder(folder) : await shell?.pickFile(folder);
  if (path !== undefined) onChange(path);
}

const TYPING_PAUSE = 120;
const MOST_ENTRIES = 40;

/** What the folder that is being typed holds and still fits. */
function useEntries({ connection }: App, typed: string, picks: Picks, isOpen: boolean): readonly string[] {
  const [entries, setEntries] = useState<readonly string[]>([]);
  useEffect(() => {
    if (!isOpen || typed.startsWith('bundled:')) return;
    const controller = new AbortController();
    const timer = setTimeout(() => {
      connection.client
        .call('files.list', { path: typed }, { signal: controller.signal })
        .then(({ folder, entries: found }) => {
          // A path from the user's home on has no beginning in common with the whole ones that are offered.
          const last = typed.split(/[\\/]/).at(-1) ?? '';
          const begun = folder.endsWith(typed) ? '' : last.toLowerCase();
          const fitting = found.filter(
            ({ kind, name, path }) =>
              (picks !== 'folder' || kind === 'folder') && name.toLowerCase().startsWith(begun) && path !== typed,
          );
          setEntries(fitting.slice(0, MOST_ENTRIES).map(({ path }) => path));
        })
        .catch(() => setEntries([]));
    }, TYPING_PAUSE);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [connection, typed, picks, isOpen]);
  return entries;
}
