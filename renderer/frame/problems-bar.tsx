/**
 * Everything that is wrong or worth knowing, in one place, with its place in the form and what a button can do about it.
 */
import { Button } from '@mantine/core';
import type { JSX } from 'react';
import { useStore } from 'zustand';
import { useShallow } from 'zustand/react/shallow';
import type { Problem } from '../../trainer/api/rpc/index.ts';
import { fieldsNamed } from '../form/settings.ts';
import { Icon } from '../icons/icon.tsx';
import { useApp, type App } from '../state/app.ts';
import { worstOf } from '../state/check.ts';
import { applyRemedy } from '../state/remedies.ts';
import { isOn } from '../state/run.ts';
import { useWords } from '../state/words.ts';
import { lastPart } from '../text/amounts.ts';
import { frameText, problemCount } from '../text/frame.ts';
import classes from './frame.module.css';

/** The job's problems and the pictures', each once. */
export function useProblems(): readonly Problem[] {
  const { check, dataset } = useApp();
  const ofJob = useStore(check, ({ problems }) => problems);
  const ofPictures = useStore(
    dataset,
    useShallow(({ scan }) => scan?.findings ?? []),
  );
  const known = new Set(ofJob.map(({ code, what }) => `${code} ${what}`));
  const all = [...ofJob, ...ofPictures.filter(({ code, what }) => !known.has(`${code} ${what}`))];
  const rank = { error: 0, warning: 1, info: 2 };
  return all.sort((one, other) => rank[one.severity] - rank[other.severity]);
}

/** As many as fit beside each other. */
const SHOWN_IN_BAR = 2;

export function ProblemsBar(): JSX.Element {
  const { check, run, view } = useApp();
  const problems = useProblems();
  const words = useWords();
  const isChecking = useStore(check, ({ kind }) => kind !== 'known');
  const training = useStore(run, ({ status }) => isOn(status));
  const isOpen = useStore(view, (state) => state.problems);
  const setOpen = (open: boolean): void => view.getState().openProblems(open);
  const worst = worstOf(problems);
  const count = (severity: Problem['severity']): number => problems.filter((one) => one.severity === severity).length;
  const isShown = isOpen && problems.length > 0;
  return (
    <section className={classes.problems} aria-label={frameText.problems}>
      {isShown && (
        <ul className={classes.list} id="problems">
          {problems.map((problem) => (
            <ProblemRow key={`${problem.code} ${problem.what} ${problem.where ?? ''}`} problem={problem} />
          ))}
        </ul>
      )}
      <div className={classes.bar}>
        <button
          type="button"
          className={classes.barTitle}
          aria-expanded={isShown}
          disabled={problems.length === 0}
          onClick={() => setOpen(!isOpen)}
        >
          <Icon name={problems.length === 0 && !isChecking ? 'done' : 'problems'} size={15} />
          {problems.length > 0 ? frameText.problems : isChecking ? frameText.checking : frameText.ready}
          {worst !== undefined && (
            <span className={classes.badge} data-severity={worst}>
              {problems.length}
            </span>
          )}
        </button>
        {isShown ? (
          <span role="status">{problemCount(count('error'), count('warning'), count('info'))}</span>
        ) : (
          problems.slice(0, SHOWN_IN_BAR).map((problem) => (
            <span key={`${problem.code} ${problem.what} ${problem.where ?? ''}`} className={classes.barItem}>
              <SeverityIcon severity={problem.severity} />
              <span>{words(problem).what}</span>
              <Show problem={problem} />
            </span>
          ))
        )}
        {problems.length > 0 && (
          <button type="button" className={classes.link2} onClick={() => setOpen(!isOpen)}>
            {isOpen ? frameText.hideList : frameText.showList}
          </button>
        )}
        {training && <span className={classes.barEnd}>{frameText.editsApply}</span>}
      </div>
    </section>
  );
}

function ProblemRow({ problem }: { readonly problem: Problem }): JSX.Element {
  const app = useApp();
  const { what, fix } = useWords()(problem);
  return (
    <li className={classes.row}>
      <SeverityIcon severity={problem.severity} />
      {isPath(problem.where) && <code title={problem.where}>{lastPart(problem.where)}</code>}
      <span className={classes.what}>{what}</span>
      <span className={classes.why}>{fix}</span>
      <Show problem={problem} />
      <span className={classes.fixes}>
        {problem.remedies.map((remedy) => (
          <Button key={remedy.label} onClick={() => void applyRemedy(app, remedy)}>
            {remedy.label}
          </Button>
        ))}
      </span>
    </li>
  );
}

/** Which picture it is about; "the job" names nothing. */
const isPath = (where: string | undefined): where is string => where !== undefined && /[\\/]/.test(where);

/** Leads to the first field that the problem is about, or to the pictures. */
function Show({ problem }: { readonly problem: Problem }): JSX.Element | null {
  const { view, dataset } = useApp();
  const field = problem.keys.flatMap(fieldsNamed)[0];
  const pictures = useStore(
    dataset,
    useShallow(({ scan }) => picturesOf(scan, problem)),
  );
  if (pictures.length > 0) {
    const show = (): void => {
      view.getState().go('dataset');
      dataset.getState().select(pictures);
      dataset.getState().open(pictures[0]);
    };
    return (
      <button type="button" className={classes.link2} onClick={show} aria-label={`${frameText.show}: ${problem.what}`}>
        {frameText.show}
      </button>
    );
  }
  if (field === undefined) return null;
  return (
    <button
      type="button"
      className={classes.link2}
      aria-label={`${frameText.show}: ${field.knob.label}`}
      onClick={() => view.getState().jumpTo(field.path)}
    >
      {frameText.show}
    </button>
  );
}

function picturesOf(scan: ReturnType<App['dataset']['getState']>['scan'], problem: Problem): readonly string[] {
  const index = scan?.findings.findIndex((found) => isSame(found, problem)) ?? -1;
  if (index < 0 || scan === undefined) return [];
  return scan.images.filter(({ findings }) => findings.includes(index)).map(({ path }) => path);
}

/** Two pictures may have the same said of them. */
const isSame = (one: Problem, other: Problem): boolean =>
  one.code === other.code && one.what === other.what && one.where === other.where;

export function SeverityIcon({ severity }: { readonly severity: Problem['severity'] }): JSX.Element {
  return (
    <span className={classes.icon} data-severity={severity}>
      <Icon name={severity} size={16} />
      <span className="visually-hidden">{frameText.severities[severity]}</span>
    </span>
  );
}
