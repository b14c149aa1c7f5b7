/**
 * A real browser for tests and pictures of the window: the one that CHROMIUM_PATH names, or the headless Chromium that
 * comes with `npm ci` on Linux. Nothing is downloaded.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import unpacked from '@sparticuz/chromium';
import { chromium, type Browser } from 'playwright-core';

const PACKAGE = '@sparticuz/chromium';
const CACHE = fileURLToPath(new URL('../../.cache/chromium/', import.meta.url));

/** Why there is no browser here; nothing when there is one. */
export function whyNoChromium(): string | undefined {
  const own = process.env['CHROMIUM_PATH'];
  if (own !== undefined) return existsSync(own) ? undefined : `CHROMIUM_PATH names ${own}, which is not there`;
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return `the Chromium that comes with npm ci is for Linux on x64, not for ${process.platform} on ${process.arch}: set CHROMIUM_PATH`;
  }
  const libraries = spawnSync('ldconfig', ['-p'], { encoding: 'utf8' });
  // Where they cannot be listed, the start of the browser tells.
  if (libraries.status === 0 && !libraries.stdout.includes('libnss3.so')) {
    return 'Chromium needs libnss3: apt-get install libnss3';
  }
  return undefined;
}

/** Who opens it closes it. */
export async function openChromium(): Promise<Browser> {
  const executablePath = process.env['CHROMIUM_PATH'] ?? (await bundledChromium());
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--font-render-hinting=none'] });
}

/** Unpacked once per version, into the cache of this folder: the package would put it where every user of the machine writes. */
async function bundledChromium(): Promise<string> {
  const version = versionOf(PACKAGE);
  const mark = join(CACHE, 'version');
  const program = join(CACHE, 'chromium');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === version && existsSync(program)) return program;
  mkdirSync(CACHE, { recursive: true });
  const usual = process.env['TMPDIR'];
  process.env['TMPDIR'] = CACHE;
  try {
    const path = await unpacked.executablePath();
    writeFileSync(mark, version);
    return path;
  } finally {
    if (usual === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = usual;
  }
}

function versionOf(name: string): string {
  // The package does not export its package.json.
  const folders = createRequire(import.meta.url).resolve.paths(name) ?? [];
  const file = folders.map((folder) => join(folder, name, 'package.json')).find((path) => existsSync(path));
  if (file === undefined) throw new Error(`${name} is not installed`);
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }).version;
}
