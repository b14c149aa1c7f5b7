/**
 * The service: every call of the contract with its handler, one run at a time, events for all who listen.
 */
import type { Emit, Handlers, Service } from '../api/rpc/index.ts';
import { allowedFolders } from './allowed-folders.ts';
import { appHandlers } from './app.ts';
import { captionHandlers } from './captions.ts';
import { classImageHandlers, classImagesAreOn, removalBesideRun } from './class-images.ts';
import { currentRun } from './current-run.ts';
import { datasetHandlers } from './dataset.ts';
import { enginesOf } from './engines.ts';
import { filesHandlers } from './files.ts';
import { besideRun, drawingHandlers, drawingIsOn } from './generate.ts';
import { jobHandlers } from './job.ts';
import type { ServiceMachine } from './machine.ts';
import { presetHandlers } from './presets.ts';
import { promptHandlers } from './prompts.ts';
import { runHandlers } from './runs.ts';
import { settingsHandlers } from './settings.ts';
import type { Surroundings } from './surroundings.ts';
import { besideTrial, trialHandlers } from './trial.ts';

export interface OpenService extends Service {
  /** Ends what is drawn and tried, lets a run end its step and save, and waits for it; at once when `signal` is aborted. */
  close(signal: AbortSignal): Promise<void>;
  /** Whether a path may be shown, for the server's upload. */
  readonly requireAllowed: (path: string) => Promise<string>;
}

export function createService(machine: ServiceMachine): OpenService {
  const listeners = new Set<Emit>();
  const emit: Emit = (name, data) => {
    for (const listener of listeners) listener(name, data);
  };
  const engines = enginesOf(machine.self);
  const around: Surroundings = { machine, emit, allowed: allowedFolders(), engines };
  const current = currentRun(machine, emit);
  const isOn = (): boolean => current.status() !== undefined && current.status()?.end === undefined;
  const requireNoRun = (error: () => Error): void => {
    if (isOn()) throw error();
  };
  const requireNoClassImages = (): void => {
    if (classes.isOn()) throw classImagesAreOn();
  };
  const drawing = drawingHandlers(around, () => {
    requireNoRun(besideRun);
    requireNoClassImages();
  });
  const trial = trialHandlers(around, () => {
    requireNoRun(besideTrial);
    requireNoClassImages();
  });
  const classes = classImageHandlers(around, {
    toDraw: () => {
      requireNoRun(besideRun);
      if (drawing.isOn()) throw drawingIsOn();
    },
    toRemove: () => requireNoRun(removalBesideRun),
  });
  const closeAll = (): Promise<unknown> => Promise.all([drawing.close(), trial.close(), classes.close()]);
  const handlers: Handlers = {
    ...appHandlers(around),
    ...settingsHandlers(around),
    ...jobHandlers(around),
    ...presetHandlers(around),
    ...promptHandlers(around),
    ...datasetHandlers(around),
    ...captionHandlers(around),
    ...filesHandlers(around),
    ...runHandlers(around, current, closeAll),
    ...trial.handlers,
    ...drawing.handlers,
    ...classes.handlers,
  };
  return {
    handlers,
    onEvent: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: async (signal) => {
      void closeAll();
      engines.close();
      await current.close(signal);
    },
    requireAllowed: around.allowed.require,
  };
}
