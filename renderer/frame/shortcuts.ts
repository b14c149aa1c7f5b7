/**
 * Keys that work everywhere but in dialogs: Ctrl K search, Ctrl S save, Ctrl O open, Ctrl Z and Ctrl Shift Z, Ctrl Enter
 * start or pause, or draw on the Try it page. Text that is written elsewhere than in the job has the last three for itself.
 */
import { useEffect } from 'react';
import { useApp, type App } from '../state/app.ts';
import { isUnsaved } from '../state/job.ts';
import { hasUnsavedPrompts } from '../state/prompts.ts';
import { startOrPause } from '../run/actions.ts';
import { JOB_FIELD } from '../form/field.tsx';

export function useShortcuts(): void {
  const app = useApp();
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      // With Alt, Ctrl writes letters on many keyboards.
      if ((!event.ctrlKey && !event.metaKey) || event.altKey || event.isComposing) return;
      const action = actionOf(app, event);
      if (action === undefined) return;
      event.preventDefault();
      // Behind a dialog nothing happens, and a key that is held means once; the browser's own answer would be another.
      if (!hasDialog() && (!event.repeat || isWayBack(event))) action();
    };
    const onLeave = (event: BeforeUnloadEvent): void => {
      app.dataset.getState().keepCaptions();
      // The desktop app asks by itself.
      if (app.shell !== undefined) return;
      const job = app.job.getState();
      // The job's draft is kept, so nothing of it is lost; but a file that others read would be the old one.
      const isFileOld = job.path !== undefined && isUnsaved(job);
      if (isFileOld || hasUnsavedPrompts(app.prompts.getState())) event.preventDefault();
    };
    window.addEventListener('keydown', onKey);
    window.addEventListener('beforeunload', onLeave);
    return () => {
      window.removeEventListener('keydown', onKey);
      window.removeEventListener('beforeunload', onLeave);
    };
  }, [app]);
}

const DIALOG = '[role="dialog"][aria-modal="true"]';
const hasDialog = (): boolean => document.querySelector(DIALOG) !== null;

const TEXT = ['input:not([type=checkbox]):not([type=radio]):not([type=range])', 'textarea', '[contenteditable=true]'];

const isWayBack = ({ key }: KeyboardEvent): boolean => /^[zy]$/i.test(key);

/** Whether the key is for something that is written, or changed, and is no setting of the job. */
function isForOther(target: EventTarget | null): boolean {
  if (!(target instanceof Element) || target.closest(JOB_FIELD) !== null) return false;
  return target.closest([...TEXT, '[data-own-undo]', DIALOG].join()) !== null;
}

function actionOf(app: App, { key, shiftKey, target }: KeyboardEvent): (() => void) | undefined {
  const { documents, job, view } = app;
  switch (key.toLowerCase()) {
    case 'k':
      return () => view.getState().openSearch(true);
    case 's':
      return () => void (shiftKey ? documents.saveAs() : documents.save());
    case 'o':
      return () => documents.open();
    case 'enter':
      // Where pictures are drawn, the large button draws.
      if (view.getState().page === 'tryIt') return () => void app.drawing.getState().draw();
      return isForOther(target) ? undefined : () => void startOrPause(app);
    case 'z':
      if (isForOther(target)) return undefined;
      return () => (shiftKey ? job.getState().redo() : job.getState().undo());
    case 'y':
      return isForOther(target) ? undefined : () => job.getState().redo();
    default:
      return undefined;
  }
}
