/**
 * Keeps the computer from falling asleep while a run is on, and no longer.
 */

/** Electron's powerSaveBlocker. */
export interface SleepBlocker {
  start(type: 'prevent-app-suspension'): number;
  stop(id: number): unknown;
}

export function createWakefulness(blocker: SleepBlocker): (running: boolean) => void {
  let id: number | undefined;
  return (running) => {
    if (running && id === undefined) id = blocker.start('prevent-app-suspension');
    if (running || id === undefined) return;
    blocker.stop(id);
    id = undefined;
  };
}
