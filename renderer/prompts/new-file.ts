/**
 * Where a new file of sample prompts goes, and what stands in it: beside the job, or in the folder of the runs.
 */
import type { JobSettings } from '../../trainer/api/rpc/index.ts';
import type { App } from '../state/app.ts';
import { must } from '../../trainer/base/errors.ts';
import { fieldAt } from '../form/settings.ts';
import { promptsText } from '../text/prompts.ts';

interface Place {
  readonly jobPath?: string | undefined;
  readonly table: JobSettings;
  readonly separator: string;
}

const textIn = (table: JobSettings, key: string): string | undefined => {
  const value = table[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
};

/** "/jobs/cat-prompts.txt"; a number other than 1 is part of the name. Nothing where the job has no place yet. */
export function newPromptsPath({ jobPath, table, separator }: Place, number = 1): string | undefined {
  const folder = jobPath?.replace(/[\\/][^\\/]*$/u, '') ?? textIn(table, 'output_dir')?.replace(/[\\/]+$/u, '');
  if (folder === undefined) return undefined;
  const name = textIn(table, 'output_name') ?? 'sample';
  return `${folder}${separator}${name}-${promptsText.fileText}${number === 1 ? '' : `-${number}`}.txt`;
}

/** A first prompt with the words that the pictures train, at the size that they train at. */
export function firstLines(app: Pick<App, 'job' | 'dataset'>): string {
  const { table } = app.job.getState();
  const words =
    textIn(table, 'instance_prompt') ??
    app.dataset.getState().scan?.subsets.find(({ isRegularisation }) => !isRegularisation)?.classTokens;
  const [width = 512, height = width] = String(table['resolution'] ?? '512,512')
    .split(',')
    .map((side) => Math.round(Number(side) / 8) * 8)
    .filter((side) => side > 0);
  return promptsText.firstLines(words ?? promptsText.firstPrompt, width, height);
}

export const placeOf = ({ job, info }: Pick<App, 'job' | 'info'>): Place => ({
  jobPath: job.getState().path,
  table: job.getState().table,
  separator: info.getState().info?.separator ?? '/',
});

export const setPromptsFile = ({ job }: Pick<App, 'job'>, path: string): void =>
  job.getState().set(must(fieldAt('sample_prompts'), 'the field of the prompts file'), path);

export async function makePromptsFile(app: App): Promise<void> {
  const path = newPromptsPath(placeOf(app));
  if (path !== undefined && (await app.prompts.getState().create(path, firstLines(app)))) setPromptsFile(app, path);
}

export async function copyPromptsFile(app: App, from: string): Promise<void> {
  const place = placeOf(app);
  if (newPromptsPath(place) === undefined) return;
  const path = await app.prompts.getState().copy(from, (number) => newPromptsPath(place, number) ?? '');
  if (path !== undefined) setPromptsFile(app, path);
}
