/**
 * Names for what comes with LoRA Loom, wherever a path is asked for: `bundled:model`. A job that uses them means the
 * same in every copy, wherever that is installed.
 */
import { JOB_KEYS, knobOf, type Job } from '../api/job/index.ts';
import { UserError } from '../base/errors.ts';
import { nearestNames } from '../base/nearest-name.ts';
import { findAsset } from './assets.ts';

const PREFIX = 'bundled:';

const MODEL = 'base-model';

/** Name to place below `assets`. */
const BUNDLED: Readonly<Record<string, string>> = {
  model: MODEL,
  'sample-dataset': 'sample-dataset',
  'sample-prompts': 'sample-prompts.txt',
};

/**
 * The path that such a name stands for; any other path as it is.
 *
 * @throws {UserError} file/bundled
 */
export function bundledPath(path: string): string {
  if (!path.startsWith(PREFIX)) return path;
  const name = path.slice(PREFIX.length);
  const place = Object.hasOwn(BUNDLED, name) ? BUNDLED[name] : undefined;
  if (place === undefined) throw nothingOfThatName(path, name);
  const found = findAsset(place);
  if (found !== undefined) return found;
  throw new UserError({
    code: 'file/bundled',
    what: `This copy of LoRA Loom is not complete: assets/${place} is missing`,
    where: path,
    fix: 'Install LoRA Loom again, or give the path of one of your own.',
  });
}

/** The path of `bundled:model`, if this copy has it. */
export const installedModel = (): string | undefined => findAsset(MODEL);

/** The name of a path that one stands for; any other path as it is. What a run's job.toml says is told by it. */
export function bundledName(path: string): string {
  const known = Object.entries(BUNDLED).find(([, place]) => findAsset(place) === path);
  return known === undefined ? path : PREFIX + known[0];
}

/** The job with the paths that such names stand for. */
export function withBundled(job: Job): Job {
  const paths = JOB_KEYS.filter((key) => knobOf(key).kind === 'path').flatMap((key) => {
    const given = job[key];
    return typeof given === 'string' ? [[key, bundledPath(given)] as const] : [];
  });
  return Object.freeze({ ...job, ...Object.fromEntries(paths) });
}

function nothingOfThatName(path: string, name: string): UserError {
  const [nearest] = nearestNames(name, Object.keys(BUNDLED));
  const names = Object.keys(BUNDLED).map((known) => PREFIX + known);
  return new UserError({
    code: 'file/bundled',
    what: `Nothing of the name "${name}" comes with LoRA Loom`,
    where: path,
    fix: nearest === undefined ? `There are ${names.join(', ')}.` : `Did you mean ${PREFIX}${nearest}?`,
    details: { names },
  });
}
