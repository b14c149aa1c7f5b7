/**
 * Where the tests' Electron lies (`npm run electron:fetch` brings it), and whether this machine can run it.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../.cache/electron/', import.meta.url));

export const TEST_ELECTRON = { version: '33.2.1', folder: FOLDER, program: join(FOLDER, 'electron') } as const;

/** Why no window can be opened for tests here; nothing when one can. */
export function whyNoTestElectron(): string | undefined {
  if (!existsSync(TEST_ELECTRON.program)) return 'there is no Electron for tests: npm run electron:fetch gets one';
  const libraries = spawnSync('ldd', [TEST_ELECTRON.program], { encoding: 'utf8' });
  const missing = /^\s*(\S+) => not found/m.exec(libraries.stdout ?? '')?.[1];
  if (missing !== undefined) return `Electron needs ${missing}: apt-get install libgtk-3-0 libnss3 libgbm1 libasound2`;
  if (spawnSync('xvfb-run', ['--help']).error) return 'there is no Xvfb: apt-get install xvfb xauth';
  return undefined;
}
