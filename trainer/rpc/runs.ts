/**
 * Calls about runs: the one that is on, and those that were.
 */
import { dirname, join, resolve } from 'node:path';
import { parseJob, parseJobText, type Job } from '../api/job/index.ts';
import type { Handlers, JobSettings, RunSummary } from '../api/rpc/index.ts';
import { UserError } from '../base/errors.ts';
import { refuseResults, runPlaces } from '../train/run-folder.ts';
import type { CurrentRun } from './current-run.ts';
import { freeName, placedJob } from './free-name.ts';
import { rememberedFolders } from './remembered-folders.ts';
import { runFolders } from './run-folders.ts';
import { trashHandlers } from './run-trash.ts';
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
  | 'runs.addFolder'
  | 'runs.forgetFolder'
  | 'runs.trash'
  | 'runs.trashable'
  | 'runs.trashed'
  | 'runs.restore'
  | 'runs.emptyTrash';

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
  const parents = async (): Promise<ReadonlySet<string>> => new Set(await remembered.all());
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
    'runs.list': async () => {
      const runs: RunSummary[] = [];
      const listed: { folder: string; runs: number }[] = [];
      for (const parent of await parents()) {
        const found = await folders.find(parent);
        listed.push({ folder: parent, runs: found.length });
        for (const folder of found) {
          const summary = runs.some((run) => run.folder === folder)
            ? undefined
            : await folders.summary(folder, isOn(folder));
          if (summary === undefined) continue;
          runs.push(summary);
          await allowed.allow(folder);
        }
      }
      return { runs: runs.sort((a, b) => b.startedAt - a.startedAt), folders: listed };
    },
    'runs.addFolder': async ({ folder: given }) => {
      const path = resolve(machine.home, given);
      const folder = (await folders.find(path)).includes(path) ? dirname(path) : path;
      const { length } = await folders.find(folder);
      if (length === 0) throw noRuns(folder);
      await remembered.add(folder);
      return { folder, runs: length };
    },
    'runs.forgetFolder': async ({ folder }) => {
      await remembered.forget(folder);
      return {};
    },
    ...trashHandlers(machine, { folders, parents, isOn }),
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

const noRuns = (where: string): UserError =>
  new UserError({
    code: 'run/no-folder',
    what: 'There are no runs in this folder',
    where,
    fix: 'Choose the one that holds the folders of the runs: their jobs have it as the output directory.',
  });

const noPrompts = (): UserError =>
  new UserError({
    code: 'run/no-prompts',
    what: 'The job names no file of sample prompts, so there is nothing to draw',
    fix: 'Write a prompt beside the button, or set sample_prompts for the next run.',
  });
