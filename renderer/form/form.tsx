/**
 * The form of a job: every knob of the trainer as a field, in Kohya's sections, filtered by view, search and method.
 */
import { Fragment, useEffect, useMemo, useState, type JSX } from 'react';
import { useStore } from 'zustand';
import type { JobKey } from '../../trainer/api/job/index.ts';
import { ClassImagesPanel } from '../class-images/class-images-panel.tsx';
import { SamplePrompts } from '../prompts/sample-prompts.tsx';
import { PreparationSection } from '../preparation/preparation-section.tsx';
import { useApp, useJob } from '../state/app.ts';
import { fieldCount, allAtDefault, SECTION_TITLES } from '../text/sections.ts';
import { trainText } from '../text/train.ts';
import { PresetRow } from '../presets/preset-row.tsx';
import { Field, fieldId } from './field.tsx';
import { HelpProvider } from './help.tsx';
import {
  concernsArgument,
  concernsMethod,
  isSimple,
  offersChoice,
  SECTIONS,
  sectionOf,
  type FormSection,
  type SectionId,
} from './layout.ts';
import { searchFields } from './search.ts';
import { SectionFrame } from './section-frame.tsx';
import { fieldAt, fieldsOf, isChanged, type FieldOfJob, type JobSettings } from './settings.ts';
import classes from './form.module.css';

export interface FormFilter {
  readonly query: string;
  readonly expert: boolean;
  readonly onlyChanged: boolean;
}

/** The fields of a section that are to be seen. A field that is set is never hidden by the method. */
export function visibleFields(section: FormSection, table: JobSettings, filter: FormFilter): readonly FieldOfJob[] {
  const found = filter.query.trim() === '' ? undefined : new Set(searchFields(filter.query));
  const isSeen = (field: FieldOfJob): boolean => {
    if (found !== undefined && !found.has(field)) return false;
    const changed = isChanged(table, field);
    if (filter.onlyChanged && !changed) return false;
    if (!filter.expert && !isSimple(field.key, table)) return false;
    if (!changed && !offersChoice(field)) return false;
    if (field.argument !== undefined && !changed && !concernsArgument(field.key, field.argument, table)) return false;
    return changed || concernsMethod(field.key, table['method']);
  };
  return section.keys.flatMap((key: JobKey) => fieldsOf(key)).filter(isSeen);
}

export function JobForm({ filter }: { readonly filter: FormFilter }): JSX.Element {
  const { view } = useApp();
  const [closed, setClosed] = useState<ReadonlySet<SectionId>>(
    () => new Set(SECTIONS.filter(({ opensAtFirst }) => !opensAtFirst).map(({ id }) => id)),
  );
  const table = useJob((state) => state.table);
  const target = useStore(view, (state) => state.target);
  const showsPreparation = filter.query.trim() === '' && !filter.onlyChanged;
  const isFiltered = filter.query.trim() !== '' || filter.onlyChanged || !filter.expert;
  useEffect(() => {
    const field = target === undefined ? undefined : fieldAt(target);
    const section = field && sectionOf(field.key);
    if (section !== undefined) setClosed((before) => new Set([...before].filter((id) => id !== section.id)));
  }, [target]);
  useEffect(() => {
    if (target === undefined) return;
    // The section opens first, then its field is there.
    const frame = requestAnimationFrame(() => {
      const control = document.getElementById(fieldId(target));
      control?.scrollIntoView({ block: 'center' });
      (control?.matches('input, textarea, button') === true ? control : control?.querySelector('input'))?.focus();
      view.getState().arrived();
    });
    return () => cancelAnimationFrame(frame);
  }, [target, closed, view]);
  const toggle = (id: SectionId): void =>
    setClosed((before) => new Set(before.has(id) ? [...before].filter((other) => other !== id) : [...before, id]));
  const seen = SECTIONS.map((section) => ({ section, fields: visibleFields(section, table, filter) }));
  return (
    <HelpProvider>
      <div className={classes.form}>
        {seen.map(({ section, fields }) => (
          <Fragment key={section.id}>
            {section.id === PREPARED_BEFORE && showsPreparation && <PreparationSection />}
            {fields.length > 0 && (
              <Section
                section={section}
                fields={fields}
                isOpen={isFiltered || !closed.has(section.id)}
                hasPresets={section.id === 'basic' && filter.query.trim() === '' && !filter.onlyChanged}
                onToggle={() => toggle(section.id)}
              />
            )}
          </Fragment>
        ))}
        {seen.every(({ fields }) => fields.length === 0) && <p className={classes.nothing}>{trainText.nothingFits}</p>}
      </div>
    </HelpProvider>
  );
}

/** Kohya's preparation of folders stands before its parameters, and class images after it: they are a part of it. */
const PREPARED_BEFORE: SectionId = 'classes';

interface SectionProps {
  readonly section: FormSection;
  readonly fields: readonly FieldOfJob[];
  readonly isOpen: boolean;
  readonly hasPresets: boolean;
  readonly onToggle: () => void;
}

function Section({ section, fields, isOpen, hasPresets, onToggle }: SectionProps): JSX.Element {
  const { title, detail } = SECTION_TITLES[section.id];
  const changed = useJob(({ table }) => fields.filter((field) => isChanged(table, field)).length);
  const summary = changed > 0 ? fieldCount(fields.length) : allAtDefault(fields.length);
  return (
    <SectionFrame
      id={section.id}
      title={title}
      detail={[detail, isOpen ? undefined : summary].filter(Boolean).join(': ')}
      changed={changed}
      isOpen={isOpen}
      onToggle={onToggle}
    >
      {hasPresets && <PresetRow />}
      <Fields section={section} fields={fields} />
      {fields.some(({ key }) => key === 'sample_prompts') && <SamplePrompts />}
      {fields.some(({ key }) => key === 'class_prompt') && <ClassImagesPanel />}
    </SectionFrame>
  );
}

/** Long sections are cut by the group of their knobs, so that the eye has somewhere to rest. */
const CUT_BY_GROUP: ReadonlySet<SectionId> = new Set<SectionId>(['advanced']);

function Fields({ section, fields }: Pick<SectionProps, 'section' | 'fields'>): JSX.Element {
  const groups = useMemo(() => {
    if (!CUT_BY_GROUP.has(section.id)) return [['', fields] as const];
    const names = [...new Set(fields.map(({ knob }) => knob.group))];
    return names.map((name) => [name, fields.filter(({ knob }) => knob.group === name)] as const);
  }, [section, fields]);
  return (
    <div className={classes.grid}>
      {groups.map(([group, members]) => (
        <Fragment key={group}>
          {group !== '' && <h3 className={classes.group}>{group}</h3>}
          {members.map((field) => (
            <Field key={field.path} field={field} />
          ))}
        </Fragment>
      ))}
    </div>
  );
}
