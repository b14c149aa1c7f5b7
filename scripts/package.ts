/**
 * Makes the installers with electron-builder: builds all parts, lays ready what goes beside the app (the trainer's bundle,
 * sharp's binaries and a Node program to run it), and packs. Words are electron-builder's (`npm run package -- --win`); two
 * are ours:
 *
 *   --running-node   packs the Node that runs this script, instead of getting one from npm
 *   --built          takes dist/ as it is
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  requireEngine,
  requireIntegrity,
  sharpPackages,
  type Lock,
  type PinnedPackage,
} from './package/native-packages.ts';
import { targetOf } from './package/target.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MODULES = join(ROOT, 'node_modules');
/** Where electron-builder.yml takes it from. */
const STAGE = join(ROOT, '.cache/package');
/** A line with long support. */
const NODE_VERSION = '24.21.0';
const OURS = ['--running-node', '--built'];

const words = process.argv.slice(2);
const target = targetOf(words, process);
const lock: Lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
// Without them electron-builder would make an installer that cannot train, and not say so.
requireEngine(target, MODULES);
const sharp = sharpPackages(target, lock);
if (!words.includes('--built')) run('npm', ['run', '--silent', 'build']);
rmSync(STAGE, { recursive: true, force: true });
placeTrainer();
sharp.forEach(placeSharp);
placeNode();
const builder = join(ROOT, 'node_modules/electron-builder/cli.js');
run(process.execPath, [builder, '--publish', 'never', ...words.filter((word) => !OURS.includes(word))]);

function placeTrainer(): void {
  const folder = join(STAGE, 'trainer');
  mkdirSync(join(folder, 'dist'), { recursive: true });
  for (const name of ['lora-loom.js', 'service.js', 'renderer']) {
    cpSync(join(ROOT, 'dist', name), join(folder, 'dist', name), { recursive: true });
  }
  const { name, version, type } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, version, type }));
}

/** npm's copy where this computer has one. */
function placeSharp(pinned: PinnedPackage): void {
  const installed = join(MODULES, pinned.name);
  const source = existsSync(installed) ? installed : unpacked(`${pinned.name}@${pinned.version}`, pinned);
  cpSync(source, join(STAGE, 'sharp', basename(pinned.name)), { recursive: true });
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
    copyFileSync(join(unpacked(`node-${system}-${arch}@${NODE_VERSION}`), 'bin', name), program);
  }
  chmodSync(program, 0o755);
}

/** The folder of a package that npm does not install on this computer. */
function unpacked(wanted: string, pinned?: PinnedPackage): string {
  const folder = mkdtempSync(join(STAGE, 'package-'));
  run('npm', ['pack', wanted, '--silent', '--pack-destination', folder]);
  const [name = ''] = readdirSync(folder);
  const archive = join(folder, name);
  if (pinned !== undefined) requireIntegrity(pinned, readFileSync(archive));
  run('tar', ['-xzf', archive, '-C', folder]);
  return join(folder, 'package');
}

function run(program: string, given: readonly string[]): void {
  const { status, error } = spawnSync(program, given, {
    cwd: ROOT,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`${program} failed: ${error?.message ?? `exit code ${status}`}`);
}
