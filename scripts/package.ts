/**
 * Makes the installers with electron-builder: builds all parts, lays ready what goes beside the app (the trainer's bundle
 * and a Node program to run it), and packs. Words are electron-builder's (`npm run package -- --win`); two are ours:
 *
 *   --running-node   packs the Node that runs this script, instead of getting one from npm
 *   --built          takes dist/ as it is
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Where electron-builder.yml takes it from. */
const STAGE = join(ROOT, '.cache/package');
/** A line with long support. */
const NODE_VERSION = '24.21.0';
const OURS = ['--running-node', '--built'];

const words = process.argv.slice(2);
const target = targetOf(words);
if (!words.includes('--built')) run('npm', ['run', '--silent', 'build']);
rmSync(STAGE, { recursive: true, force: true });
placeTrainer();
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

function placeTrainer(): void {
  const folder = join(STAGE, 'trainer');
  mkdirSync(join(folder, 'dist'), { recursive: true });
  for (const name of ['lora-loom.js', 'service.js', 'renderer']) {
    cpSync(join(ROOT, 'dist', name), join(folder, 'dist', name), { recursive: true });
  }
  const { name, version, type } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, version, type }));
}

/** The Node program of the target. */
function placeNode(): void {
  const { platform, arch } = target;
  const name = platform === 'win32' ? 'node.exe' : 'node';
  const program = join(STAGE, 'node', name);
  mkdirSync(join(STAGE, 'node'));
  if (words.includes('--running-node')) {
    if (platform !== process.platform || arch !== process.arch) throw new Error('--running-node is for this platform');
    copyFileSync(process.execPath, program);
  } else {
    const system = platform === 'win32' ? 'win' : platform;
    run('npm', ['pack', `node-${system}-${arch}@${NODE_VERSION}`, '--silent', '--pack-destination', STAGE]);
    run('tar', ['-xzf', join(STAGE, `node-${system}-${arch}-${NODE_VERSION}.tgz`), '-C', STAGE]);
    copyFileSync(join(STAGE, 'package/bin', name), program);
  }
  chmodSync(program, 0o755);
}

function run(program: string, given: readonly string[]): void {
  const { status, error } = spawnSync(program, given, {
    cwd: ROOT,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`${program} failed: ${error?.message ?? `exit code ${status}`}`);
}
