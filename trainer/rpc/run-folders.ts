/**
 * What the folder of a run tells: its job, its metrics, its samples, its files and its log.
 */
import { basename, join } from 'node:path';
import { open } from 'node:fs/promises';
import { jobTable as tableOfJob, parseJob, parseJobText } from '../api/job/index.ts';
import type { JobSettings, MetricColumns, RunHistory, RunSample, RunSummary } from '../api/rpc/index.ts';
import { UserError } from '../base/errors.ts';
import type { Files } from '../base/ports.ts';
import { settingsOf, withPaths } from './job-table.ts';
import type { ServiceMachine } from './machine.ts';

export interface RunFolders {
  history(folder: string, afterStep: number): Promise<RunHistory>;
  summary(folder: string, isOn: boolean): Promise<RunSummary | undefined>;
  /** Folders below that hold runs. */
  find(parent: string): Promise<readonly string[]>;
}

export function runFolders(machine: Pick<ServiceMachine, 'files' | 'bundledName'>): RunFolders {
  const { files } = machine;
  const metrics = metricsReader(files);
  return {
    history: async (folder, afterStep) => {
      const table = await tableOf(machine, folder);
      if (table === undefined) throw notARun(folder);
      const name = nameOf(table, folder);
      const found = await filesOf(files, folder, name);
      const done = found.some(({ final }) => final);
      const log = await logOf(files, join(folder, 'log.txt'));
      const planned = plannedIn(log);
      return {
        folder,
        name,
        table,
        ...(planned === undefined ? {} : { planned }),
        metrics: after(await metrics(join(folder, 'metrics.jsonl')), afterStep),
        samples: await samplesOf(files, join(folder, 'samples')),
        files: found,
        log,
        resumable: !done && (await hasState(files, folder)),
      };
    },
    summary: async (folder, isOn) => {
      const table = await tableOf(machine, folder);
      if (table === undefined) return undefined;
      const name = nameOf(table, folder);
      const columns = await metrics(join(folder, 'metrics.jsonl'));
      const found = await filesOf(files, folder, name);
      const log = await logOf(files, join(folder, 'log.txt'));
      const samples = await samplesOf(files, join(folder, 'samples'));
      const done = found.some(({ final }) => final);
      const last = log.at(-1)?.message ?? '';
      const reason = /^Error: (.*)/.exec(last)?.[1];
      const steps = plannedIn(log)?.steps;
      const loss = columns.averageLoss.at(-1);
      // The first prompt is what most are about: those behind it often watch that something else stays as it was.
      const picture = samples.find(({ step }) => step === samples.at(-1)?.step)?.file;
      const started = log[0]?.time;
      return {
        folder,
        name,
        startedAt:
          started === undefined ? ((await files.status(join(folder, 'job.toml')))?.modified ?? 0) : Date.parse(started),
        state: isOn ? 'running' : done ? 'done' : reason === undefined ? 'stopped' : 'failed',
        ...(reason === undefined || isOn ? {} : { reason }),
        step: columns.step.at(-1) ?? 0,
        ...(steps === undefined ? {} : { steps }),
        seconds: columns.seconds.reduce((sum, each) => sum + each, 0),
        ...(loss === undefined ? {} : { loss }),
        sparkline: sparkline(columns.averageLoss),
        ...(picture === undefined ? {} : { picture }),
        files: found,
        table,
        resumable: !done && !isOn && (await hasState(files, folder)),
      };
    },
    find: async (parent) => {
      const isFolder = (await files.status(parent))?.kind === 'folder';
      const inside = isFolder
        ? (await files.list(parent)).filter(({ kind, name }) => kind === 'folder' && !name.startsWith('.'))
        : [];
      const found: string[] = [];
      for (const folder of [parent, ...inside.map(({ name }) => join(parent, name))]) {
        if ((await files.status(join(folder, 'job.toml')))?.kind === 'file') found.push(folder);
      }
      return found;
    },
  };
}

const nameOf = (table: JobSettings, folder: string): string => {
  const name = table['output_name'];
  return typeof name === 'string' ? name : basename(folder);
};

const hasState = async (files: Files, folder: string): Promise<boolean> =>
  (await files.status(join(folder, 'state', 'state.safetensors'))) !== undefined;

/** With the names of what comes with LoRA Loom, as the person's job had them: a clone means the same in every copy. */
async function tableOf(
  { files, bundledName }: Pick<ServiceMachine, 'files' | 'bundledName'>,
  folder: string,
): Promise<JobSettings | undefined> {
  const path = join(folder, 'job.toml');
  if ((await files.status(path))?.kind !== 'file') return undefined;
  try {
    const table = sparse(settingsOf(parseJobText(await files.read(path), path), path), path);
    return withPaths(table, bundledName);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** Without what is at its default: the file of a run has every setting. */
function sparse(table: JobSettings, where: string): JobSettings {
  const { pretrained_model_name_or_path, model_config, train_data_dir, output_dir } = table;
  const least = { pretrained_model_name_or_path, model_config, train_data_dir, output_dir };
  const required = Object.fromEntries(Object.entries(least).filter(([, value]) => value !== undefined));
  // Which model it is says nothing of the defaults, and an autoencoder needs none.
  const model = model_config === undefined ? { pretrained_model_name_or_path: '-' } : {};
  const usual = tableOfJob(parseJob({ ...model, ...required }, where));
  return Object.fromEntries(
    Object.entries(table).filter(
      ([key, value]) => key in required || JSON.stringify(value) !== JSON.stringify(usual[key]),
    ),
  );
}

interface Read {
  /** Bytes that are read: whole lines. */
  readonly bytes: number;
  readonly columns: Columns;
}

type Columns = { -readonly [K in keyof MetricColumns]: K extends 'lr' ? Record<string, number[]> : number[] };

const noColumns = (): Columns => ({
  step: [],
  epoch: [],
  loss: [],
  averageLoss: [],
  gradNorm: [],
  seconds: [],
  lr: {},
});

const MOST_REMEMBERED = 20;

/** Reads what a file has gained since the last time. A file that became shorter is read anew. */
function metricsReader(files: Files): (path: string) => Promise<MetricColumns> {
  const known = new Map<string, Read>();
  return async (path) => {
    const size = (await files.status(path))?.size ?? 0;
    const before = known.get(path);
    const start = before !== undefined && before.bytes <= size ? before : { bytes: 0, columns: noColumns() };
    const text = await readFrom(path, start.bytes, size - start.bytes);
    const end = text.lastIndexOf(0x0a) + 1;
    for (const line of text.toString('utf8', 0, end).split('\n')) addLine(start.columns, line);
    known.delete(path);
    known.set(path, { bytes: start.bytes + end, columns: start.columns });
    for (const old of [...known.keys()].slice(0, -MOST_REMEMBERED)) known.delete(old);
    return start.columns;
  };
}

async function readFrom(path: string, offset: number, length: number): Promise<Buffer> {
  if (length <= 0) return Buffer.alloc(0);
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

const NUMBERS = ['step', 'epoch', 'loss', 'averageLoss', 'gradNorm', 'seconds'] as const;

/** A crash may leave half a line; a resumed run writes steps again. */
function addLine(columns: Columns, line: string): void {
  const values = parsed(line);
  if (values === undefined) return;
  const numbers = NUMBERS.map((key) => values[key]);
  if (!numbers.every((value) => typeof value === 'number')) return;
  const length = columns.step.length;
  for (const [index, key] of NUMBERS.entries()) columns[key].push(numbers[index] ?? 0);
  for (const [part, rate] of Object.entries(values['lr'] ?? {})) {
    const column = (columns.lr[part] ??= Array.from({ length }, () => 0));
    column.push(typeof rate === 'number' ? rate : 0);
  }
}

function parsed(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function after(columns: MetricColumns, step: number): MetricColumns {
  if (step <= 0) return columns;
  const first = columns.step.findIndex((each) => each > step);
  const from = first < 0 ? columns.step.length : first;
  const cut = (column: readonly number[]): readonly number[] => column.slice(from);
  return {
    ...(Object.fromEntries(NUMBERS.map((key) => [key, cut(columns[key])])) as Omit<MetricColumns, 'lr'>),
    lr: Object.fromEntries(Object.entries(columns.lr).map(([part, column]) => [part, cut(column)])),
  };
}

/** `000100_00_42.png` */
const SAMPLE_NAME = /^(\d+)_(\d+)_(\d+)\.png$/;

async function samplesOf(files: Files, folder: string): Promise<readonly RunSample[]> {
  if ((await files.status(folder))?.kind !== 'folder') return [];
  const samples: RunSample[] = [];
  for (const { name } of await files.list(folder)) {
    const file = join(folder, name);
    const [, step, promptIndex, seed] = SAMPLE_NAME.exec(name) ?? [];
    if (step !== undefined) {
      const prompt = await promptOf(file);
      samples.push({ file, step: Number(step), promptIndex: Number(promptIndex), seed: Number(seed), prompt });
    } else if (/^\d+_reconstructions\.png$/.test(name)) {
      samples.push({ file, step: Number.parseInt(name, 10), promptIndex: 0, prompt: 'reconstructions', seed: 0 });
    }
  }
  return samples.sort((a, b) => a.step - b.step || a.promptIndex - b.promptIndex);
}

const prompts = new Map<string, string>();
const TEXT_BYTES = 16 * 1024;

/** The first line of what the picture says about itself: tEXt or iTXt "parameters", right behind its header. */
async function promptOf(path: string): Promise<string> {
  const known = prompts.get(path);
  if (known !== undefined) return known;
  const text = (await readFrom(path, 0, TEXT_BYTES).catch(() => Buffer.alloc(0))).subarray(33);
  const type = text.toString('latin1', 4, 8);
  const body = text.subarray(8, 8 + (text.length < 8 ? 0 : text.readUInt32BE(0)));
  const value =
    type === 'tEXt'
      ? body.toString('latin1').replace(/^parameters\0/, '')
      : type === 'iTXt'
        ? body.toString('utf8').replace(/^parameters\0+/, '')
        : '';
  // LoRAs stand behind the prompt, as A1111 writes them.
  const prompt = (value.split(/\nNegative prompt: |\nSteps: /)[0] ?? '').replace(/(?: ?<lora:[^>]*>)+$/, '');
  prompts.set(path, prompt);
  return prompt;
}

async function filesOf(files: Files, folder: string, name: string): Promise<RunHistory['files']> {
  const found = [];
  for (const entry of await files.list(folder)) {
    const path = join(folder, entry.name);
    const plain = entry.name.replace(/\.safetensors$/, '');
    const isModel = plain === name || plain.startsWith(`${name}-`);
    if (!isModel || (entry.kind === 'file' && plain === entry.name)) continue;
    const bytes = (await files.status(path))?.size ?? 0;
    found.push({ path, name: entry.name, bytes, final: plain === name });
  }
  return found;
}

const LOG_BYTES = 256 * 1024;
const LOG_LINE = /^(\d{4}-\d\d-\d\dT[\d:.]+Z) ([^]*)$/;

/** The end of a log that is very long. */
async function logOf(files: Files, path: string): Promise<RunHistory['log']> {
  const size = (await files.status(path))?.size ?? 0;
  const from = Math.max(0, size - LOG_BYTES);
  const lines = (await readFrom(path, from, size - from)).toString('utf8').split('\n');
  const whole = from > 0 ? lines.slice(1) : lines;
  return whole
    .filter((line) => line !== '')
    .map((line) => {
      const [, time, message] = LOG_LINE.exec(line) ?? [];
      return time === undefined ? { message: line } : { time, message: message ?? '' };
    });
}

const PLAN = /([\d,]+) epochs?: ([\d,]+) steps?\./;

/** "... 10 epochs: 240 steps." of the summary that each start writes. */
function plannedIn(log: RunHistory['log']): RunHistory['planned'] {
  const line = log.findLast(({ message }) => PLAN.test(message))?.message ?? '';
  const [, epochs, steps] = (PLAN.exec(line) ?? []).map((text) => Number(text.replaceAll(',', '')));
  return epochs === undefined || steps === undefined ? undefined : { epochs, steps };
}

const MOST_POINTS = 60;

function sparkline(losses: readonly number[]): number[] {
  const count = Math.min(MOST_POINTS, losses.length);
  return Array.from({ length: count }, (_, index) => {
    const [from, to] = [index, index + 1].map((each) => Math.floor((each * losses.length) / count)) as [number, number];
    const piece = losses.slice(from, Math.max(to, from + 1));
    return piece.reduce((sum, each) => sum + each, 0) / piece.length;
  });
}

const notARun = (where: string): UserError =>
  new UserError({
    code: 'run/no-folder',
    what: 'This is not the folder of a run: it has no job.toml that can be read',
    where,
    fix: 'Choose a folder that a run made: it lies in the output folder and has the name of the run.',
  });
