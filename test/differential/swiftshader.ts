/**
 * A software GPU for the WebGPU tests: SwiftShader, as the npm package of Chromium carries it.
 *
 * The dynamic loader reads its variables once, when a process starts; so whoever uses it runs in a child process.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync } from 'node:zlib';

const CACHE = fileURLToPath(new URL('../../.cache/swiftshader', import.meta.url));
const DRIVER = 'vk_swiftshader_icd.json';

export type SwiftShader = { readonly environment: Readonly<Record<string, string>> } | { readonly missing: string };

/** Unpacks SwiftShader where that was not done before, and says which variables a process needs to use it. */
export function prepareSwiftShader(): SwiftShader {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return { missing: `SwiftShader comes for Linux on x64, not for ${process.platform} on ${process.arch}` };
  }
  if (!existsSync(join(CACHE, DRIVER))) {
    const archive = archivePath();
    if (archive === undefined) return { missing: '@sparticuz/chromium is not installed' };
    const failure = unpack(archive);
    if (failure !== undefined) return { missing: failure };
  }
  return { environment: { LD_LIBRARY_PATH: CACHE, VK_ICD_FILENAMES: join(CACHE, DRIVER) } };
}

function archivePath(): string | undefined {
  const folders = createRequire(import.meta.url).resolve.paths('@sparticuz/chromium') ?? [];
  return folders
    .map((folder) => join(folder, '@sparticuz/chromium/bin/swiftshader.tar.br'))
    .find((path) => existsSync(path));
}

/** What went wrong, if anything. Unpacks beside and renames, because several test files may come at once. */
function unpack(archive: string): string | undefined {
  const folder = `${CACHE}.${process.pid}`;
  mkdirSync(folder, { recursive: true });
  const tar = spawnSync('tar', ['-x', '-C', folder], { input: brotliDecompressSync(readFileSync(archive)) });
  if (tar.status !== 0) return `tar cannot unpack SwiftShader: ${tar.error?.message ?? tar.stderr.toString()}`;
  mkdirSync(dirname(CACHE), { recursive: true });
  rmSync(CACHE, { recursive: true, force: true });
  renameSync(folder, CACHE);
  return undefined;
}
