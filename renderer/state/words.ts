/** Problems and errors of a job as this window says them. */
import { useStore } from 'zustand';
import { inWindow, type Reported, type Said } from '../text/problems.ts';
import { useApp } from './app.ts';

export function useWords(): (report: Reported) => Said {
  const { shell, info } = useApp();
  const hasModel = useStore(info, (state) => state.info?.bundled.model !== undefined);
  return (report) => inWindow(report, { hasDialogs: shell !== undefined, hasModel });
}
