/**
 * Calls about runs: the one that is on, and those that were.
 */
import { rename } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { parseJob, parseJobText, type Job } from '../api/job/index.ts';
import type { Handlers, JobSettings, RunSummary } from '../api/rpc/index.ts';
import { UserError } from '../base/errors.ts';
import { refuseResults, runPlaces } from '../train/run-folder.ts';
import type { CurrentRun } from './current-run.ts';
import { freeName, placedJob } from './free-name.ts';
import { rememberedFolders } from './remembered-folders.ts';
import { runFolders } from './run-folders.ts';
import type { Surroundings } from './surroundings.ts';

type RunCalls =
  | 'run.start'
  | 'run.resume'
  | 'run.stop'
  | 'run.pause'
  | 'run.saveNow'
  | 'run.sampleNow'
  | 'run.current'
  | 'run.history'
  | 'runs.list'
  | 'runs.trash'
  | 'runs.restore';

const TRASH = '.trash';

/** @param makeRoom ends what would take memory that a run needs */
export function runHandlers(
  around: Surroundings,
  current: CurrentRun,
  makeRoom: () => Promise<unknown>,
): Pick<Handlers, RunCalls> {
  const { machine, allowed } = around;
  const { files } = machine;
  const folders = runFolders(machine);
  const remembered = rememberedFolders(files, machine.configFolder);
  const isOn = (folder: string): boolean => {
    const status = current.status();
    return status !== undefined && status.end === undefined && status.folder === folder;
  };
  const start = async (job: Job, resume: boolean) => {
    await makeRoom();
    const status = current.start(job, resume);
    await remembered.add(dirname(status.folder));
    await allowed.allow(status.folder);
    return status;
  };
  return {
    'run.start': async ({ table, numbered }) => start(await jobToStart(around, table, numbered), false),
    'run.resume': async ({ folder }) => {
      const path = join(folder, 'job.toml');
      const job = parseJob(parseJobText(await files.read(path), path), path);
      return start({ ...job, output_dir: dirname(resolve(folder)) }, true);
    },
    'run.stop': ({ runId, how }) => {
      current.stop(runId, how === 'now' ? 'stop now' : 'stop');
      return {};
    },
    'run.pause': ({ runId }) => {
      current.stop(runId, 'pause');
      return {};
    },
    'run.saveNow': ({ runId }) => {
      current.ask(runId, { kind: 'save' });
      return {};
    },
    'run.sampleNow': ({ runId, prompt }) => {
      const table = current.status()?.table ?? {};
      if (prompt === undefined && table['sample_prompts'] === undefined && table['method'] !== 'autoencoder') {
        throw noPrompts();
      }
      const sized = prompt === undefined ? {} : { prompt: withSize(prompt, table) };
      current.ask(runId, { kind: 'sample', ...sized });
      return {};
    },
    'run.current': () => {
      const run = current.status();
      return run === undefined ? {} : { run };
    },
    'run.history': async ({ folder, afterStep = 0 }) => {
      const history = await folders.history(resolve(folder), afterStep);
      await allowed.allow(history.folder);
      return isOn(history.folder) ? { ...history, resumable: false } : history;
    },
    'runs.list': async ({ folders: given = [] }) => {
      const parents = new Set([...(await remembered.all()), ...given.map((one) => resolve(machine.home, one))]);
      const runs: RunSummary[] = [];
      for (const parent of parents) {
        for (const folder of await folders.find(parent)) {
          const summary = runs.some((run) => run.folder === folder)
            ? undefined
            : await folders.summary(folder, isOn(folder));
          if (summary === undefined) continue;
          runs.push(summary);
          await allowed.allow(folder);
        }
      }
      return { runs: runs.sort((a, b) => b.startedAt - a.startedAt) };
    },
    'runs.trash': async ({ folder: given }) => {
      const folder = resolve(given);
      if (isOn(folder)) throw stillOn(folder);
      await folders.history(folder, 0);
      const trash = join(dirname(folder), TRASH);
      await files.makeFolder(trash);
      const trashed = join(trash, `${basename(folder)} ${machine.clock.now()}`);
      await rename(folder, trashed);
      return { trashed };
    },
    'runs.restore': async ({ trashed }) => {
      const trash = dirname(resolve(trashed));
      if (basename(trash) !== TRASH || (await files.status(trashed)) === undefined) throw notInTrash(trashed);
      const name = basename(trashed).replace(/ \d+$/, '');
      const folder = join(dirname(trash), name);
      if ((await files.status(folder)) !== undefined) throw taken(folder);
      await rename(trashed, folder);
      return { folder };
    },
  };
}

/** The job with all its paths; under a name that is free, where the one it has is taken and `numbered` allows it. */
async function jobToStart({ machine }: Surroundings, table: JobSettings, numbered: boolean): Promise<Job> {
  const job = placedJob(machine, machine.withBundled(parseJob(table, 'the job')));
  if (numbered) return { ...job, output_name: await freeName(machine.files, job) };
  await refuseResults(machine.files, runPlaces(machine.files, job));
  return job;
}

/** A prompt that says nothing of its size is drawn at the size that the run trains at. */
function withSize(prompt: string, { resolution }: JobSettings): string {
  const [width, height] = String(resolution ?? '512,512').split(',');
  const line = prompt.replaceAll(/\s+/g, ' ').trim();
  if (/ --(w|h) /.test(line)) return line;
  return `${line} --w ${width ?? '512'} --h ${height ?? width ?? '512'}`;
}

const noPrompts = (): UserError =>
  new UserError({
    code: 'run/no-prompts',
    what: 'The job names no file of sample prompts, so there is nothing to draw',
    fix: 'Write a prompt beside the button, or set sample_prompts for the next run.',
  });

const stillOn = (where: string): UserError =>
  new UserError({ code: 'run/on', what: 'The run is on', where, fix: 'Stop it first.' });

const notInTrash = (where: string): UserError =>
  new UserError({
    code: 'run/not-in-trash',
    what: 'There is no such run in the trash',
    where,
    fix: 'Look into the folder ".trash" beside the runs.',
  });

const taken = (where: string): UserError =>
  new UserError({
    code: 'run/exists',
    what: 'A run of this name is there already',
    where,
    fix: 'Move that one to the trash first.',
  });
