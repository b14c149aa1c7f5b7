/**
 * Which engines work on this computer, and what that says of a job. They are tried once, by whoever asks first: it takes
 * seconds, and what a computer has seldom changes while it is on.
 */
import { execFile } from 'node:child_process';
import * as z from 'zod';
import type { Job } from '../api/job/index.ts';
import type { CallOutput, Problem, Remedy } from '../api/rpc/index.ts';
import { InternalError } from '../base/errors.ts';

export type EngineTrials = CallOutput<'app.engines'>['engines'];

export interface Engines {
  tried(): Promise<EngineTrials>;
  /** Nothing before anybody has asked and been answered. */
  known(): EngineTrials | undefined;
  close(): void;
}

/** @param self  the command that `lora-loom` is */
export function enginesOf(self: readonly string[]): Engines {
  const closing = new AbortController();
  let trial: Promise<EngineTrials> | undefined;
  let known: EngineTrials | undefined;
  const tryOnce = async (): Promise<EngineTrials> => {
    try {
      known = await tryEngines(self, closing.signal);
      return known;
    } catch (error) {
      // A service that ends has nobody to answer.
      if (closing.signal.aborted) return [];
      throw error;
    } finally {
      // One that failed may go well the next time.
      trial = undefined;
    }
  };
  return {
    tried: () => (known === undefined ? (trial ??= tryOnce()) : Promise.resolve(known)),
    known: () => known,
    close: () => closing.abort(),
  };
}

const ENGINES = z.object({
  engines: z.array(
    z.object({ name: z.string(), bundled: z.boolean(), works: z.boolean(), reason: z.string().exactOptional() }),
  ),
});
const ENGINES_TIMEOUT = 120_000;

/** In processes of their own: a driver may crash. */
function tryEngines([program = process.execPath, ...start]: readonly string[], signal: AbortSignal) {
  return new Promise<EngineTrials>((resolve, reject) => {
    const options = { timeout: ENGINES_TIMEOUT, signal };
    execFile(program, [...start, 'engines', '--json'], options, (error, stdout) => {
      if (error !== null) return reject(new InternalError(`the trial of the engines failed: ${error.message}`));
      resolve(ENGINES.parse(JSON.parse(stdout)).engines);
    });
  });
}

/** The fastest first, where they work. */
const BY_SPEED: readonly string[] = ['cuda', 'coreml', 'dml', 'webgpu', 'cpu'] satisfies readonly Job['engine'][];

/** An engine that cannot be, or a faster one that nobody chose. */
export function engineProblems({ engine }: Pick<Job, 'engine'>, trials: EngineTrials): readonly Problem[] {
  const best = BY_SPEED.find((name) => trials.some((trial) => trial.name === name && trial.works));
  const chosen = trials.find(({ name }) => name === engine);
  const about = { keys: ['engine'], remedies: best === undefined || best === engine ? [] : [useOf(best)] };
  if (chosen?.works !== true) {
    return [
      {
        // A trial may fail for a reason of the moment; what this system does not have, no run gets.
        severity: chosen === undefined ? 'error' : 'warning',
        code: 'engine/no-device',
        what:
          chosen === undefined
            ? `The engine "${engine}" is not for this system`
            : `The engine "${engine}" did not work when it was tried: ${chosen.reason ?? 'it said nothing'}`,
        fix:
          best === undefined
            ? 'No other works either: install LoRA Loom again.'
            : `Take "${best}", of those that work here the fastest as a rule.`,
        ...about,
      },
    ];
  }
  if (engine !== 'cpu' || best === undefined || best === 'cpu') return [];
  return [
    {
      severity: 'info',
      code: 'engine/other-works',
      what: `The job computes on the processor, and "${best}" works here too`,
      fix: 'On a graphics card it is many times faster as a rule; a trial before the start measures it.',
      ...about,
    },
  ];
}

const useOf = (engine: string): Remedy => ({ kind: 'settings', label: `Use ${engine}`, set: { engine }, unset: [] });
