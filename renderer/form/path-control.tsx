/**
 * A path: typed with completion from the service's folders, or picked in the desktop app's dialog. What was found there
 * stands at its right.
 */
import { Autocomplete } from '@mantine/core';
import { useEffect, useState, type JSX } from 'react';
import { useStore } from 'zustand';
import { Icon } from '../icons/icon.tsx';
import { useApp, type App } from '../state/app.ts';
import { fieldText, WHEN_EMPTY } from '../text/fields.ts';
import { trainText } from '../text/train.ts';
import { plural } from '../text/amounts.ts';
import type { ControlProps } from './controls.tsx';
import classes from './controls.module.css';
import look from '../styles/controls.module.css';

export function PathControl({ field, id, value, invalid, onChange }: ControlProps): JSX.Element {
  return (
    <PathInput
      id={id}
      label={field.knob.label}
      value={typeof value === 'string' ? value : ''}
      picks={field.knob.picks ?? 'file or folder'}
      placeholder={WHEN_EMPTY[field.path] ?? ''}
      invalid={invalid}
      fact={<Fact path={field.path} />}
      onChange={(next) => onChange(next === '' ? undefined : next)}
    />
  );
}

interface PathInputProps {
  readonly id: string;
  readonly label: string;
  readonly value: string;
  readonly picks: Picks;
  readonly placeholder: string;
  readonly invalid?: boolean;
  /** What was found at the path. */
  readonly fact?: JSX.Element;
  readonly onChange: (path: string) => void;
}

export function PathInput(props: PathInputProps): JSX.Element {
  const { id, label, value, picks, placeholder, invalid = false, fact, onChange } = props;
  const app = useApp();
  const [isOpen, setOpen] = useState(false);
  const entries = useEntries(app, value, picks, isOpen);
  return (
    <Autocomplete
      id={id}
      size="xs"
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
      classNames={{ input: look.input ?? '', section: look.section ?? '' }}
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
              aria-label={fieldText.browse(label)}
              title={fieldText.browse(label)}
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

type Picks = 'file' | 'folder' | 'file or folder';

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
        .then(({ entries: found }) => {
          const fitting = found.filter(
            ({ kind, path }) => (picks !== 'folder' || kind === 'folder') && path.startsWith(typed) && path !== typed,
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
      <Icon name="check" size={13} /> {plural(count, 'image')}
    </span>
  );
}
