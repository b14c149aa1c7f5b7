import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

test('the window is built for users, also by a process that runs tests', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'window-build-'));
  try {
    const vite = join(ROOT, 'node_modules/vite/bin/vite.js');
    const words = [vite, 'build', '--config', 'renderer/vite.config.ts', '--outDir', folder, '--logLevel', 'error'];
    const env = { ...process.env, NODE_ENV: 'test' };
    expect(spawnSync(process.execPath, words, { cwd: ROOT, env }).status).toBe(0);
    const scripts = (await readdir(join(folder, 'assets'))).filter((name) => name.endsWith('.js'));
    expect(scripts.length).toBeGreaterThan(0);
    for (const name of scripts) {
      // Only React's development build says this.
      expect(await readFile(join(folder, 'assets', name), 'utf8')).not.toContain('Each child in a list should have a');
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});
