/**
 * Keys that work everywhere: Ctrl K search, Ctrl S save, Ctrl O open, Ctrl Z and Ctrl Shift Z, Ctrl Enter start or pause,
 * or draw on the Try it page.
 */
import { useEffect } from 'react';
import { useApp, type App } from '../state/app.ts';
import { startOrPause } from '../run/actions.ts';

export function useShortcuts(): void {
  const app = useApp();
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (!event.ctrlKey && !event.metaKey) return;
      const action = actionOf(app, event);
      if (action === undefined) return;
      event.preventDefault();
      action();
    };
    const onLeave = (event: BeforeUnloadEvent): void => {
      // The draft is kept, so nothing is lost; but a file that others read would be the old one.
      const { table, saved, path } = app.job.getState();
      if (app.shell === undefined && path !== undefined && table !== saved) event.preventDefault();
    };
    window.addEventListener('keydown', onKey);
    window.addEventListener('beforeunload', onLeave);
    return () => {
      window.removeEventListener('keydown', onKey);
      window.removeEventListener('beforeunload', onLeave);
    };
  }, [app]);
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
      return () => void startOrPause(app);
    case 'z':
      // A caption that is being written has its own way back.
      if (target instanceof HTMLElement && target.closest('[data-own-undo]') !== null) return undefined;
      return () => (shiftKey ? job.getState().redo() : job.getState().undo());
    case 'y':
      return () => job.getState().redo();
    default:
      return undefined;
  }
}
