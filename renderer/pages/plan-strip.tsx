/** What Start would do, in one sum and one curve. */
import type { JSX } from 'react';
import { useStore } from 'zustand';
import { LrCurve } from '../charts/lr-curve.tsx';
import { useApp } from '../state/app.ts';
import { isOn } from '../state/run.ts';
import { epochSum, planText, wholeRun } from '../text/plan.ts';
import { TrialCheck } from './trial.tsx';
import classes from './pages.module.css';

export function PlanStrip(): JSX.Element {
  const { check, run } = useApp();
  const plan = useStore(check, (state) => state.plan);
  const kind = useStore(check, (state) => state.kind);
  const now = useStore(run, ({ status, lastStep }) => (isOn(status) ? lastStep?.step : undefined));
  const curve = plan?.lrCurve.find(({ part }) => part === 'unet') ?? plan?.lrCurve[0];
  return (
    <section className={classes.plan} aria-labelledby="plan-title">
      <div>
        <h2 className={classes.planTitle} id="plan-title">
          {planText.title}
        </h2>
        {plan === undefined ? (
          <p className={classes.planDetail}>{kind === 'checking' ? planText.checking : planText.none}</p>
        ) : (
          <>
            <p className={classes.sum}>
              {epochSum(plan.steps).map(({ text, strong }, index) =>
                strong === true ? <strong key={index}>{text}</strong> : <span key={index}>{text}</span>,
              )}
            </p>
            <p className={classes.planDetail}>{wholeRun(plan)}</p>
            <TrialCheck />
          </>
        )}
      </div>
      {plan !== undefined && curve !== undefined && curve.points.length > 1 && (
        <LrCurve points={curve.points} totalSteps={plan.steps.totalSteps} now={now} />
      )}
    </section>
  );
}
