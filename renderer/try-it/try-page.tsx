/** Try it: the same words and seed with a LoRA and without, and every picture that was drawn before. */
import { useEffect, type JSX } from 'react';
import { useStore } from 'zustand';
import { useApp } from '../state/app.ts';
import { isPrompt } from '../prompts/rows.ts';
import { drawingText } from '../text/drawing.ts';
import { History } from './history.tsx';
import { OrderForm } from './order-form.tsx';
import { Result } from './result.tsx';
import { RunNotice } from './run-notice.tsx';
import classes from './try-it.module.css';

export function TryPage(): JSX.Element {
  const { drawing, job, prompts, run } = useApp();
  const settings = useStore(drawing, (state) => state.settings);
  const end = useStore(run, ({ status }) => status?.end?.kind);
  const promptsKnown = useStore(prompts, ({ open }) => open.kind !== 'reading');
  useEffect(() => {
    // A run that ended has saved; the job's first prompt is the first to be tried.
    if (!promptsKnown) return;
    const { open } = prompts.getState();
    const line = open.kind === 'known' ? open.rows.find(isPrompt)?.line : undefined;
    void drawing.getState().open({ table: job.getState().table, line });
  }, [drawing, job, prompts, promptsKnown, end]);
  if (settings === undefined) {
    return (
      <>
        <h1 className="visually-hidden">{drawingText.title}</h1>
        <p className={classes.opening} role="status">
          {drawingText.opening}
        </p>
      </>
    );
  }
  return (
    <div className={classes.page}>
      <OrderForm settings={settings} />
      <div className={classes.main}>
        <RunNotice settings={settings} />
        <Result />
        <History />
      </div>
    </div>
  );
}
