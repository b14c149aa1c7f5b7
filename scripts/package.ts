/**
 * Makes the installers with electron-builder: builds all parts, puts a Node program beside the app for the trainer, and
 * packs. Words are electron-builder's (`npm run package -- --win`); two are ours:
 *
 *   --running-node   packs the Node that runs this script, instead of getting one from npm
 *   --built          takes dist/ as it is
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** A line with long support. */
const NODE_VERSION = '24.21.0';
const OURS = ['--running-node', '--built'];

const words = process.argv.slice(2);
const target = targetOf(words);
if (!words.includes('--built')) run('npm', ['run', '--silent', 'build']);
placeNode();
const builder = join(ROOT, 'node_modules/electron-builder/cli.js');
run(process.execPath, [builder, '--publish', 'never', ...words.filter((word) => !OURS.includes(word))]);

interface Target {
  /** As Node calls it. */
  readonly platform: string;
  readonly arch: string;
}

function targetOf(given: readonly string[]): Target {
  const platforms: Readonly<Record<string, string>> = { '--linux': 'linux', '--mac': 'darwin', '--win': 'win32' };
  const named = given.find((word) => platforms[word] !== undefined);
  const platform = platforms[named ?? ''] ?? process.platform;
  if (given.includes('--arm64') || platform === 'darwin') return { platform, arch: 'arm64' };
  return { platform, arch: given.includes('--x64') || platform !== process.platform ? 'x64' : process.arch };
}

/** Puts the Node program of the target where electron-builder.yml takes it from. */
function placeNode(): void {
  const { platform, arch } = target;
  const name = platform === 'win32' ? 'node.exe' : 'node';
  const folder = join(ROOT, '.cache/node', `${platform}-${arch}`);
  mkdirSync(folder, { recursive: true });
  if (words.includes('--running-node')) {
    if (platform !== process.platform || arch !== process.arch) throw new Error('--running-node is for this platform');
    copyFileSync(process.execPath, join(folder, name));
  } else {
    const work = mkdtempSync(join(tmpdir(), 'lora-loom-node-'));
    const system = platform === 'win32' ? 'win' : platform;
    run('npm', ['pack', `node-${system}-${arch}@${NODE_VERSION}`, '--silent', '--pack-destination', work]);
    run('tar', ['-xzf', join(work, `node-${system}-${arch}-${NODE_VERSION}.tgz`), '-C', work]);
    copyFileSync(join(work, 'package/bin', name), join(folder, name));
    rmSync(work, { recursive: true });
  }
  chmodSync(join(folder, name), 0o755);
  if (!existsSync(join(ROOT, 'dist/service.js'))) throw new Error('dist/service.js is missing: npm run build');
}

function run(program: string, given: readonly string[]): void {
  const { status, error } = spawnSync(program, given, {
    cwd: ROOT,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`${program} failed: ${error?.message ?? `exit code ${status}`}`);
}
