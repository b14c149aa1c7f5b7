/**
 * One setting of the job: dot, label, control, and below it what is wrong with it.
 */
import { useEffect, useId, useRef, type JSX } from 'react';
import { useStore } from 'zustand';
import { useShallow } from 'zustand/react/shallow';
import type { Problem } from '../../trainer/api/rpc/index.ts';
import { Icon } from '../icons/icon.tsx';
import { problemsAt } from '../state/check.ts';
import { useApp, useJob } from '../state/app.ts';
import { applyRemedy } from '../state/remedies.ts';
import { useWords } from '../state/words.ts';
import { fieldText } from '../text/fields.ts';
import { sentences } from '../text/problems.ts';
import { CONTROLS, type ControlProps } from './controls.tsx';
import { shown, useHelp } from './help.tsx';
import { WIDE } from './presentation.ts';
import { faultOf, givenAt, isChanged, standardOf, valueAt, type FieldOfJob } from './settings.ts';
import classes from './field.module.css';

export const isWide = ({ path, knob }: FieldOfJob): boolean => knob.kind === 'path' || WIDE.has(path);

/** As a selector: all of a field of the job, as `Field` draws it. */
export const JOB_FIELD = '[data-path]';

export const fieldId = (path: string): string => `field-${path}`;

export function Field({ field }: { readonly field: FieldOfJob }): JSX.Element {
  const { job, check } = useApp();
  const help = useHelp();
  const words = useWords();
  const row = useRef<HTMLDivElement>(null);
  const noteId = useId();
  const value = useJob(({ table }) => valueAt(table, field));
  const given = useJob(({ table }) => givenAt(table, field));
  const problems = useStore(
    check,
    useShallow((state) => problemsAt(state.problems, field.path, field.key)),
  );
  const fault = faultOf(field, given);
  const own = problems.filter(({ keys }) => field.argument === undefined || !keys.includes(field.key));
  const hasNotes = fault !== undefined || own.length > 0;
  const Control = CONTROLS[field.knob.kind];
  const props: ControlProps = {
    field,
    id: fieldId(field.path),
    value,
    given,
    invalid: fault !== undefined || own.some(({ severity }) => severity === 'error'),
    onChange: (next) => job.getState().set(field, next),
  };
  useEffect(() => {
    // Mantine 9.5.2 takes aria-describedby from its own wrapper alone, so a control cannot be given one as a property.
    const control = document.getElementById(fieldId(field.path));
    if (hasNotes) control?.setAttribute('aria-describedby', noteId);
    else control?.removeAttribute('aria-describedby');
  });
  return (
    <div
      ref={row}
      className={classes.field}
      data-wide={isWide(field) || undefined}
      data-path={field.path}
      onFocus={({ currentTarget, target }) => {
        if (target.matches('input, textarea, [role=slider]')) help.open(field, currentTarget, 'focus');
      }}
      onBlur={help.close}
    >
      <ChangedDot field={field} />
      <label
        className={classes.label}
        htmlFor={props.id}
        id={`${props.id}-label`}
        onMouseEnter={() => row.current !== null && help.open(field, row.current, 'hover')}
        onMouseLeave={help.close}
      >
        {field.knob.label}
      </label>
      <div className={classes.control}>
        <Control {...props} />
        {hasNotes && (
          <div id={noteId} className={classes.notes}>
            {fault !== undefined && <Note severity="error" text={fieldText.mustBe(fault)} />}
            {fault === undefined &&
              own.map((problem) => (
                <Note key={problem.what} severity={problem.severity} text={sentences(words(problem))} />
              ))}
          </div>
        )}
        {fault === undefined && <Remedies problems={own.filter(({ keys }) => isFirst(field, keys))} />}
      </div>
    </div>
  );
}

/** A problem stands at each of its fields, its buttons at the first. */
const isFirst = ({ path, key }: FieldOfJob, [first]: readonly string[]): boolean => first === path || first === key;

function Remedies({ problems }: { readonly problems: readonly Problem[] }): JSX.Element | null {
  const app = useApp();
  const remedies = problems.flatMap((problem) => problem.remedies);
  if (remedies.length === 0) return null;
  return (
    <div className={classes.remedies}>
      {remedies.map((remedy) => (
        <button
          key={remedy.label}
          type="button"
          className={classes.remedy}
          onClick={() => void applyRemedy(app, remedy)}
        >
          {remedy.label}
        </button>
      ))}
    </div>
  );
}

/** Says that the field is not at its default, and takes it back there. */
function ChangedDot({ field }: { readonly field: FieldOfJob }): JSX.Element {
  const { job } = useApp();
  const changed = useJob(({ table }) => isChanged(table, field));
  if (!changed) return <span className={classes.noDot} />;
  const standard = standardOf(field);
  const action = standard === undefined ? fieldText.clear : fieldText.reset(shown(standard));
  const label = `${field.knob.label}, ${fieldText.changed}: ${action}`;
  return (
    <button
      type="button"
      className={classes.dot}
      title={action}
      aria-label={label}
      onClick={() => job.getState().set(field, standard)}
    />
  );
}

function Note({ severity, text }: { readonly severity: string; readonly text: string }): JSX.Element {
  return (
    <span className={classes.note} data-severity={severity}>
      <Icon name={severity === 'error' ? 'error' : severity === 'warning' ? 'warning' : 'info'} size={14} />
      <span>{text}</span>
    </span>
  );
}
