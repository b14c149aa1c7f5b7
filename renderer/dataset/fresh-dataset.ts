/** Who comes back to the window may have changed files elsewhere: the pictures are looked at again. */
import { useEffect } from 'react';
import { useApp } from '../state/app.ts';

export function useFreshDataset(): void {
  const { dataset, connection } = useApp();
  useEffect(() => {
    const onFocus = (): void => {
      if (connection.state.getState().kind === 'open') dataset.getState().refresh();
    };
    window.addEventListener('focus', onFocus);
    return () => window.removeEventListener('focus', onFocus);
  }, [dataset, connection]);
}
