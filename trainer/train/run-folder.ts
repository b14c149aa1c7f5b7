/**
 * The folder of a run: the truth about it, whoever started it and whatever happened to them.
 *
 *     <output_dir>/<output_name>/
 *       job.toml         the job as it runs, the drawn seed included
 *       metrics.jsonl    a line for each optimizer step
 *       log.txt          what was told along the way
 *       samples/         sample pictures
 *       state/           what going on needs
 *       initial/         of a run from scratch: the random numbers that it starts from
 *       <name>….safetensors, or a folder <name>… of a whole model
 *
 * A folder that holds a run's results is never written over: the job takes another name, or goes on with `--resume`.
 * What a run left behind that saved nothing counts as nothing, and makes way.
 */
import { stringify } from 'smol-toml';
import { jobTable, type Job } from '../api/job/index.ts';
import { UserError } from '../base/errors.ts';
import type { FileEntry, Files } from '../base/ports.ts';

export interface RunPlaces {
  readonly folder: string;
  readonly job: string;
  readonly metrics: string;
  readonly log: string;
  readonly samples: string;
  readonly stateFolder: string;
  readonly state: string;
}

export function runPlaces(
  files: Files,
  { output_dir, output_name }: Pick<Job, 'output_dir' | 'output_name'>,
): RunPlaces {
  const folder = files.join(files.resolve(output_dir), output_name);
  const stateFolder = files.join(folder, 'state');
  return {
    folder,
    job: files.join(folder, 'job.toml'),
    metrics: files.join(folder, 'metrics.jsonl'),
    log: files.join(folder, 'log.txt'),
    samples: files.join(folder, 'samples'),
    stateFolder,
    state: files.join(stateFolder, 'state.safetensors'),
  };
}

/** What is written beside a run, before its first step. */
export interface Beside {
  readonly folder: string;
  /** At most. */
  readonly bytes: number;
}

/**
 * Makes the folder and tries it, before anything dear begins.
 *
 * @param needed bytes that the run's folder will hold at most; what is there already counts
 * @param beside counts as well where it takes room on the same disk
 * @throws {UserError} file/unwritable, file/no-space
 */
export async function claimRunFolder(files: Files, places: RunPlaces, needed: number, beside?: Beside): Promise<void> {
  await tryFolder(files, places.folder);
  await requireSpace(files, places.folder, needed, beside);
}

/**
 * For a run that starts anew.
 *
 * @throws {UserError} run/exists if the folder holds the results of another
 */
export async function refuseResults(files: Files, { folder, samples, state }: RunPlaces): Promise<void> {
  const status = await files.status(folder);
  if (status === undefined) return;
  if (status.kind === 'file') {
    throw existsError(folder, 'There is a file where the folder of the run is to be', [], false);
  }
  const inside = await files.list(folder);
  const results = inside.filter((entry) => isSave(entry, files.baseName(folder))).map(({ name }) => name);
  for (const path of [samples, state]) {
    if ((await files.status(path)) !== undefined) results.push(files.baseName(path));
  }
  if (results.length === 0) return;
  const what = `A run of this name is there already (${results.slice(0, 3).join(', ')})`;
  throw existsError(folder, what, results, results.includes(files.baseName(state)));
}

/** A file, or a whole model as a folder. */
const isSave = ({ name, kind }: FileEntry, runName: string): boolean =>
  kind === 'file' ? name.endsWith('.safetensors') : name === runName || name.startsWith(`${runName}-`);

function existsError(where: string, what: string, results: readonly string[], resumable: boolean): UserError {
  const others = 'Choose another output_name, or move the folder away';
  return new UserError({
    code: 'run/exists',
    what,
    where,
    fix: resumable ? `${others}, or go on with that run: add --resume.` : `${others}.`,
    details: { results },
  });
}

/**
 * Makes the folder, and writes a file there and removes it: a folder that takes nothing is found before hours of computing.
 *
 * @throws {UserError} file/unwritable, file/no-space, about the folder
 */
export async function tryFolder(files: Files, folder: string): Promise<void> {
  await files.makeFolder(folder);
  const trial = files.join(folder, '.trial');
  try {
    await files.write(trial, Uint8Array.of(0));
    await files.remove(trial);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError({ ...error.report, where: folder }, { cause: error });
  }
}

async function requireSpace(files: Files, folder: string, atMost: number, beside: Beside | undefined): Promise<void> {
  const free = await files.freeSpace(folder);
  const own = atMost - (await bytesIn(files, folder));
  const shared = beside !== undefined && (await files.onSameDisk(folder, beside.folder)) ? beside.bytes : 0;
  if (free === undefined || free >= own + shared) return;
  const pictures = shared === 0 ? '' : ` and class images of up to ${megabytes(shared)}`;
  const fewer = shared === 0 ? '' : ', ask for fewer with num_class_images';
  throw new UserError({
    code: 'file/no-space',
    what: `The run will write about ${megabytes(own)}${pictures}, but the disk has only ${megabytes(free, Math.floor)} left`,
    where: folder,
    fix: `Free some space, choose another output_dir${fewer}, or keep fewer files with save_last_n_epochs or save_precision = "fp16".`,
    details: { needed: own + shared, free },
  });
}

async function bytesIn(files: Files, folder: string): Promise<number> {
  let bytes = 0;
  for (const { name, kind } of await files.list(folder)) {
    const path = files.join(folder, name);
    bytes += kind === 'folder' ? await bytesIn(files, path) : ((await files.status(path))?.size ?? 0);
  }
  return bytes;
}

export const megabytes = (bytes: number, round = Math.ceil): string =>
  `${round(bytes / 1e6).toLocaleString('en-US')} MB`;

export const writeJob = (files: Files, places: RunPlaces, job: Job): Promise<void> =>
  files.write(places.job, new TextEncoder().encode(`${stringify(jobTable(job))}\n`));
