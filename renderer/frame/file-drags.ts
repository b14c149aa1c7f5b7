/** Files that are dragged over the window: the Dataset page comes forward to take them, and no drop leads away from it. */
import { useEffect } from 'react';
import { useApp } from '../state/app.ts';

export function useFileDrags(): void {
  const { view, documents } = useApp();
  useEffect(() => {
    const hasFiles = ({ dataTransfer }: DragEvent): boolean => dataTransfer?.types.includes('Files') === true;
    const onEnter = (event: DragEvent): void => {
      const isAsked = documents.state.getState().question.kind !== 'none';
      if (hasFiles(event) && !isAsked && view.getState().page !== 'dataset') view.getState().go('dataset');
    };
    // A browser would open the file in the window's place.
    const keep = (event: DragEvent): void => {
      if (hasFiles(event)) event.preventDefault();
    };
    const listeners = { dragenter: onEnter, dragover: keep, drop: keep } as const;
    for (const [name, listener] of Object.entries(listeners)) {
      window.addEventListener(name as keyof typeof listeners, listener);
    }
    return () => {
      for (const [name, listener] of Object.entries(listeners)) {
        window.removeEventListener(name as keyof typeof listeners, listener);
      }
    };
  }, [view, documents]);
}
