/**
 * A terminal that keeps what commands write.
 */
import { Writable } from 'node:stream';
import type { Terminal } from '../../../trainer/cli/terminal.ts';
import { machineFiles } from '../../../trainer/platform/files.ts';

export interface FakeTerminal extends Terminal {
  readonly written: { out: string; error: string };
  /** Moved by the test. */
  readonly time: { seconds: number };
}

export function fakeTerminal(given: Partial<Terminal> = {}): FakeTerminal {
  const written = { out: '', error: '' };
  const time = { seconds: 0 };
  return {
    written,
    time,
    out: (text) => void (written.out += text),
    error: (text) => void (written.error += text),
    watched: false,
    barStream: new Writable({ write: (chunk, _encoding, done) => done(void (written.error += String(chunk))) }),
    files: machineFiles(),
    clock: { now: () => time.seconds * 1000, seconds: () => time.seconds },
    self: [process.execPath, '--import', 'tsx', 'trainer/cli/main.ts'],
    ...given,
  };
}
