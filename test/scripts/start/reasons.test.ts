import { expect, test } from 'vitest';
import { explainDeath, rootWords, whyNoWindow } from '../../../scripts/start/reasons.ts';

test('without a display on Linux there is no window; elsewhere there always is one', () => {
  expect(whyNoWindow('linux', {})).toBe('there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set).');
  expect(whyNoWindow('linux', { DISPLAY: '' })).toBeDefined();
  expect(whyNoWindow('linux', { DISPLAY: ':0' })).toBeUndefined();
  expect(whyNoWindow('linux', { WAYLAND_DISPLAY: 'wayland-0' })).toBeUndefined();
  expect(whyNoWindow('win32', {})).toBeUndefined();
});

test('only root on Linux starts without the sandbox', () => {
  expect(rootWords({ platform: 'linux', getuid: () => 0 })).toEqual(['--no-sandbox']);
  expect(rootWords({ platform: 'linux', getuid: () => 1000 })).toEqual([]);
  expect(rootWords({ platform: 'darwin', getuid: () => 0 })).toEqual([]);
});

test.each<[string, string]>([
  [
    'electron: error while loading shared libraries: libgtk-3.so.0: cannot open shared object file',
    'this system lacks libgtk-3.so.0, which Electron needs. On Debian and Ubuntu: sudo apt install libgtk-3-0 libnss3 libgbm1 libasound2',
  ],
  [
    '[1:FATAL:setuid_sandbox_host.cc(157)] The SUID sandbox helper binary was found, but is not configured correctly.',
    'this system does not let Electron make its sandbox (unprivileged user namespaces are off).',
  ],
  ['[1:ERROR:ozone_platform_x11.cc(244)] Missing X server or $DISPLAY', 'the display does not answer.'],
  ['first line\nlast line\n', 'Electron ended at once (SIGTRAP): last line'],
  ['', 'Electron ended at once (SIGTRAP)'],
])('%s', (said, sentence) => {
  expect(explainDeath(said, 'SIGTRAP')).toBe(sentence);
});
