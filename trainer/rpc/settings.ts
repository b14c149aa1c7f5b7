/**
 * What the window remembers: one small JSON file of the user. A file that is damaged counts for what can be read of it.
 */
import { DEFAULT_SETTINGS, settingsShape, type Handlers, type Settings } from '../api/rpc/index.ts';
import type { Surroundings } from './surroundings.ts';

export function settingsHandlers({ machine }: Surroundings): Pick<Handlers, 'settings.read' | 'settings.write'> {
  const { files, configFolder } = machine;
  const path = files.join(configFolder, 'settings.json');
  let known: Settings | undefined;
  let writing: Promise<unknown> = Promise.resolve();

  const read = async (): Promise<Settings> => {
    known ??= (await files.status(path)) === undefined ? DEFAULT_SETTINGS : settingsIn(await files.read(path));
    return known;
  };
  return {
    'settings.read': async () => ({ settings: await read() }),
    'settings.write': async ({ settings: change }) => {
      const settings = { ...(await read()), ...change };
      known = settings;
      // One after the other: the last one written is the last one asked for.
      const write = async (): Promise<void> => {
        await files.makeFolder(configFolder);
        await files.write(path, new TextEncoder().encode(`${JSON.stringify(settings, undefined, 2)}\n`));
      };
      const mine = writing.then(write, write);
      writing = mine.catch(() => undefined);
      await mine;
      return { settings };
    },
  };
}

function settingsIn(bytes: Uint8Array): Settings {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return DEFAULT_SETTINGS;
  }
  if (typeof value !== 'object' || value === null) return DEFAULT_SETTINGS;
  const given = new Map(Object.entries(value));
  const kept = Object.entries(settingsShape).flatMap(([key, schema]) => {
    const read = schema.safeParse(given.get(key));
    return read.success ? [[key, read.data] as const] : [];
  });
  return { ...DEFAULT_SETTINGS, ...Object.fromEntries(kept) };
}
