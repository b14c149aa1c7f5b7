/**
 * Presets: those that come with LoRA Loom, and the user's own, each a TOML file in the settings folder.
 */
import { rename } from 'node:fs/promises';
import { stringify } from 'smol-toml';
import { BUILT_IN_PRESETS, checkPreset, parseJobText, PRESET_NAME, withoutPlaces } from '../api/job/index.ts';
import type { BrokenPreset, Handlers, JobSettings, Preset } from '../api/rpc/index.ts';
import { UserError } from '../base/errors.ts';
import { excerpt } from '../base/excerpt.ts';
import { settingsOf } from './job-table.ts';
import type { Surroundings } from './surroundings.ts';

type PresetCalls = 'presets.list' | 'presets.save' | 'presets.rename' | 'presets.delete';

const ENDING = '.toml';

export function presetHandlers({ machine }: Surroundings): Pick<Handlers, PresetCalls> {
  const { files, findAsset } = machine;
  const folder = files.join(machine.configFolder, 'presets');
  const pathOf = (name: string): string => files.join(folder, `${name}${ENDING}`);

  const read = async (path: string): Promise<JobSettings> => {
    const value = parseJobText(await files.read(path), path);
    checkPreset(value, path);
    return settingsOf(value, path);
  };
  const builtIn = async (): Promise<readonly Preset[]> => {
    const found = BUILT_IN_PRESETS.map((each) => ({ ...each, path: findAsset('presets', `${each.file}${ENDING}`) }));
    return Promise.all(
      found.flatMap(({ name, about, path }) =>
        path === undefined ? [] : [read(path).then((table) => ({ name, about, isBuiltIn: true, table }))],
      ),
    );
  };
  const ownNames = async (): Promise<readonly string[]> => {
    if ((await files.status(folder)) === undefined) return [];
    const entries = await files.list(folder);
    return entries
      .filter(({ kind, name }) => kind === 'file' && name.endsWith(ENDING) && !name.startsWith('.'))
      .map(({ name }) => name.slice(0, -ENDING.length));
  };
  const requireOwn = async (name: string): Promise<string> => {
    if (!(await ownNames()).includes(name)) throw missing(name);
    return pathOf(name);
  };
  /** Some systems keep no two names apart that differ in capital letters only. */
  const requireFree = async (name: string, besides?: string): Promise<void> => {
    const wanted = name.toLowerCase();
    if (BUILT_IN_PRESETS.some((each) => each.name.toLowerCase() === wanted)) throw takenByOurs(name);
    const others = (await ownNames()).filter((other) => other !== besides);
    if (others.some((other) => other.toLowerCase() === wanted)) throw taken(name);
  };

  return {
    'presets.list': async () => {
      const own: Preset[] = [];
      const broken: BrokenPreset[] = [];
      for (const name of await ownNames()) {
        try {
          own.push({ name, isBuiltIn: false, table: await read(pathOf(name)) });
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
          broken.push({ name, error: error.report });
        }
      }
      return { presets: [...(await builtIn()), ...own], broken };
    },
    'presets.save': async ({ name: given, table: all, withPlaces, replaces }) => {
      const name = nameFrom(given);
      await requireFree(name, replaces ? name : undefined);
      const table: JobSettings = withPlaces ? all : withoutPlaces(all);
      if (Object.keys(table).length === 0) throw empty();
      checkPreset(table, `the preset ${name}`);
      await files.makeFolder(folder);
      await files.write(pathOf(name), new TextEncoder().encode(stringify(table)));
      return { preset: { name, isBuiltIn: false, table } };
    },
    'presets.rename': async ({ name, to: given }) => {
      const to = nameFrom(given);
      const path = await requireOwn(name);
      if (to === name) return { name };
      await requireFree(to, name);
      await rename(path, pathOf(to));
      return { name: to };
    },
    'presets.delete': async ({ name }) => {
      await files.remove(await requireOwn(name));
      return {};
    },
  };
}

const LONGEST_SHOWN = 60;

function nameFrom(given: string): string {
  const name = given.trim();
  if (PRESET_NAME.schema.safeParse(name).success) return name;
  throw new UserError({
    code: 'preset/name',
    what: `A preset's name must be ${PRESET_NAME.expects}, but it is ${JSON.stringify(excerpt(name, LONGEST_SHOWN))}`,
    fix: 'Give it another name, such as "My cat".',
  });
}

const taken = (name: string): UserError =>
  new UserError({
    code: 'preset/taken',
    what: `There is a preset "${name}" already`,
    fix: 'Choose another name, or save again and let it take the place of the old one.',
  });

const takenByOurs = (name: string): UserError =>
  new UserError({
    code: 'preset/taken',
    what: `"${name}" is the name of a preset that comes with LoRA Loom`,
    fix: 'Choose another name.',
  });

const missing = (name: string): UserError =>
  new UserError({
    code: 'preset/missing',
    what: `There is no preset "${excerpt(name, LONGEST_SHOWN)}" of yours`,
    fix: 'It may have been renamed or deleted in another window: look at the list again.',
  });

const empty = (): UserError =>
  new UserError({
    code: 'preset/empty',
    what: 'Every setting that a preset would keep is at its default, so there is nothing to save',
    fix: 'Change a setting first, or tick that folders and model paths are saved too.',
  });
