/**
 * Builds what is missing or older than its sources.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isOutdated } from './built.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const PARTS = {
  trainer: {
    script: 'build:trainer',
    output: 'dist/lora-loom.js',
    sources: ['trainer', 'scripts/build-trainer.ts'],
  },
  window: { script: 'build:renderer', output: 'dist/renderer/index.html', sources: ['renderer', 'trainer/api'] },
  shell: {
    script: 'build:electron',
    output: 'dist/electron/main.js',
    sources: ['electron', 'trainer/api', 'trainer/base'],
  },
} as const;

export type Part = keyof typeof PARTS;

/** @throws {Error} if a build fails, after it has said why */
export function buildOutdated(parts: readonly Part[]): void {
  for (const part of parts) {
    const { script, output, sources } = PARTS[part];
    const from = sources.map((source) => join(ROOT, source));
    if (!isOutdated(join(ROOT, output), from)) continue;
    console.log(`Building (${script}) ...`);
    const { status } = spawnSync('npm', ['run', '--silent', script], { cwd: ROOT, stdio: 'inherit', shell: true });
    if (status !== 0) throw new Error(`npm run ${script} failed`);
  }
}
