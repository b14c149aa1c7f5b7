/** Ctrl K: every setting by what people call it. Choosing one opens its section and puts the cursor into it. */
import { Spotlight } from '@mantine/spotlight';
import { createSpotlight } from '@mantine/spotlight';
import { useEffect, useState, type JSX } from 'react';
import { useStore } from 'zustand';
import { searchFields } from '../form/search.ts';
import { isSimple, offersChoice, sectionOf } from '../form/layout.ts';
import type { FieldOfJob } from '../form/settings.ts';
import { Icon } from '../icons/icon.tsx';
import { useApp } from '../state/app.ts';
import { fieldText } from '../text/fields.ts';
import { frameText } from '../text/frame.ts';
import { SECTION_TITLES } from '../text/sections.ts';
import classes from './search.module.css';

const [store, spotlight] = createSpotlight();
const MOST = 12;

export function Search(): JSX.Element {
  const { view, preferences, job } = useApp();
  const isOpen = useStore(view, (state) => state.search);
  const [query, setQuery] = useState('');
  const found = searchFields(query).filter(offersChoice).slice(0, MOST);
  useEffect(() => {
    if (isOpen) spotlight.open();
    else spotlight.close();
  }, [isOpen]);
  const choose = ({ path, key }: FieldOfJob): void => {
    if (!isSimple(key, job.getState().table)) preferences.getState().change({ expert: true });
    view.getState().jumpTo(path);
  };
  return (
    <Spotlight.Root
      store={store}
      query={query}
      onQueryChange={setQuery}
      onSpotlightClose={() => view.getState().openSearch(false)}
      shortcut={null}
      clearQueryOnClose
      returnFocus={false}
      maxHeight="26rem"
      scrollable
    >
      <Spotlight.Search
        placeholder={frameText.searchHint}
        leftSection={<Icon name="search" size={17} />}
        aria-label={frameText.search}
      />
      <Spotlight.ActionsList>
        {found.map((field) => (
          <Spotlight.Action key={field.path} onClick={() => choose(field)}>
            <span className={classes.row}>
              <span className={classes.label}>{field.knob.label}</span>
              <code className={classes.name}>
                {field.argument === undefined ? field.key : fieldText.argumentOf(field.key, field.argument)}
              </code>
              <span className={classes.section}>{titleOf(field)}</span>
              <span className={classes.help}>{field.knob.help}</span>
            </span>
          </Spotlight.Action>
        ))}
        {query.trim() !== '' && found.length === 0 && <Spotlight.Empty>{frameText.nothingFound}</Spotlight.Empty>}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  );
}

function titleOf({ key }: FieldOfJob): string {
  const section = sectionOf(key);
  if (section === undefined) return '';
  const { title, detail } = SECTION_TITLES[section.id];
  return section.id === 'basic' || section.id === 'advanced' ? `${title}, ${detail ?? ''}` : title;
}
