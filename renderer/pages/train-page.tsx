/** The settings of the job, and what they add up to. */
import { Button, SegmentedControl, TextInput } from '@mantine/core';
import { useState, type JSX } from 'react';
import { useStore } from 'zustand';
import { JobForm } from '../form/form.tsx';
import { isSimple, offersChoice } from '../form/layout.ts';
import { searchFields } from '../form/search.ts';
import { FIELDS, isChanged } from '../form/settings.ts';
import { Icon } from '../icons/icon.tsx';
import { useApp, useJob } from '../state/app.ts';
import { trainText } from '../text/train.ts';
import { FirstStart } from './first-start.tsx';
import { PlanStrip } from './plan-strip.tsx';
import classes from './pages.module.css';

export function TrainPage(): JSX.Element {
  const { documents, preferences } = useApp();
  const isFirstStart = useStore(documents.state, (state) => state.isFirstStart);
  const expert = useStore(preferences, ({ settings }) => settings.expert);
  const [query, setQuery] = useState('');
  const [onlyChanged, setOnlyChanged] = useState(false);
  const table = useJob((state) => state.table);
  const changed = FIELDS.filter((field) => isChanged(table, field)).length;
  if (isFirstStart) return <FirstStart />;
  const found = expert ? [] : searchFields(query).filter(offersChoice);
  const hidden = found.filter(({ key }) => !isSimple(key, table)).length;
  const setExpert = (next: boolean): void => preferences.getState().change({ expert: next });
  return (
    <>
      <div className={classes.header}>
        <h1 className={classes.title}>{trainText.title}</h1>
        <SegmentedControl
          aria-label={trainText.view}
          value={expert ? 'expert' : 'simple'}
          data={[
            { value: 'simple', label: trainText.simple },
            { value: 'expert', label: trainText.expert },
          ]}
          onChange={(view) => setExpert(view === 'expert')}
        />
        <TextInput
          className={classes.filter ?? ''}
          aria-label={trainText.filterLabel}
          placeholder={trainText.filter}
          leftSection={<Icon name="search" size={14} />}
          value={query}
          onChange={({ currentTarget }) => setQuery(currentTarget.value)}
        />
        <Button
          aria-pressed={onlyChanged}
          aria-label={`${trainText.onlyChanged}, ${trainText.changed(changed)}`}
          data-active={onlyChanged || undefined}
          className={classes.chip ?? ''}
          leftSection={<span className={classes.dot} />}
          onClick={() => setOnlyChanged(!onlyChanged)}
        >
          {trainText.changed(changed)}
        </Button>
      </div>
      <div className={classes.scroll} tabIndex={-1}>
        <JobForm filter={{ query, expert, onlyChanged }} />
        {hidden > 0 && (
          <p className={classes.more}>
            {trainText.inExpert(hidden)}{' '}
            <Button variant="subtle" onClick={() => setExpert(true)}>
              {trainText.toExpert}
            </Button>
          </p>
        )}
      </div>
      <PlanStrip />
    </>
  );
}
