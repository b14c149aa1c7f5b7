/**
 * `npm start` where the desktop app cannot open: it says why in a sentence, and the window is in a browser instead.
 */
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EXIT_CODES } from '../../../trainer/cli/exit-codes.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** An Electron for a system that lacks a library: the loader says so before its first line. */
const CANNOT_LOAD = `#!/bin/sh
echo 'electron: error while loading shared libraries: libgtk-3.so.0: cannot open shared object file' >&2
exit 127
`;

describe.skipIf(process.platform !== 'linux')('npm start without a desktop app', () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'lora-loom-start-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Starts, looks whether the window is at the address that was printed, and ends it. */
  async function start(environment: Readonly<Record<string, string>>): Promise<{ said: string; page: string }> {
    const { DISPLAY: _x, WAYLAND_DISPLAY: _wayland, ELECTRON_OVERRIDE_DIST_PATH: _dist, ...inherited } = process.env;
    const child = spawn(process.execPath, ['--import', 'tsx', 'scripts/start.ts', '--port', '0'], {
      cwd: ROOT,
      env: { ...inherited, LORA_LOOM_HOME: join(folder, 'home'), ...environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    try {
      let said = '';
      const address = await new Promise<string>((resolve, reject) => {
        child.stdout.on('data', (data: Buffer) => {
          said += data.toString();
          const found = /^LoRA Loom is at (\S+)$/m.exec(said)?.[1];
          if (found !== undefined) resolve(found);
        });
        child.once('exit', (code) => reject(new Error(`it ended with ${code} after it had said: ${said}`)));
      });
      const page = await (await fetch(address)).text();
      child.kill('SIGTERM');
      expect(await ended).toBe(EXIT_CODES.interrupted);
      await expect(fetch(address)).rejects.toThrow();
      return { said, page };
    } finally {
      child.kill('SIGKILL');
    }
  }

  test('there is no display', async () => {
    const { said, page } = await start({});
    expect(said).toContain(
      'The desktop app cannot open: there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set).\n' +
        'Opening browser mode instead.\n',
    );
    expect(page).toContain('<title>LoRA Loom</title>');
  });

  test('Electron ends before its window is there', async () => {
    const program = join(folder, 'electron');
    writeFileSync(program, CANNOT_LOAD);
    chmodSync(program, 0o755);
    const { said, page } = await start({ DISPLAY: ':0', ELECTRON_OVERRIDE_DIST_PATH: folder });
    expect(said).toContain('The desktop app cannot open: this system lacks libgtk-3.so.0, which Electron needs.');
    expect(page).toContain('<title>LoRA Loom</title>');
  });
});
