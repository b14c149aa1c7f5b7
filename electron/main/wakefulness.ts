/**
 * Keeps the computer from falling asleep while something is computed, and no longer.
 */

/** Electron's powerSaveBlocker. */
export interface SleepBlocker {
  start(type: 'prevent-app-suspension'): number;
  stop(id: number): unknown;
}

export function createWakefulness(blocker: SleepBlocker): (working: boolean) => void {
  let id: number | undefined;
  return (working) => {
    if (working && id === undefined) id = blocker.start('prevent-app-suspension');
    if (working || id === undefined) return;
    blocker.stop(id);
    id = undefined;
  };
}
