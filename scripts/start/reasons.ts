/**
 * Why the desktop app cannot open, in sentences for people.
 */

/** What can be known before Electron is asked. */
export function whyNoWindow(
  platform: string,
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  if (platform !== 'linux') return undefined;
  if (environment['DISPLAY'] || environment['WAYLAND_DISPLAY']) return undefined;
  return 'there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set).';
}

/** As root on Linux, Chromium starts without its sandbox or not at all. */
export function rootWords({ platform, getuid }: Pick<NodeJS.Process, 'platform' | 'getuid'>): readonly string[] {
  return platform === 'linux' && getuid?.() === 0 ? ['--no-sandbox'] : [];
}

/** @param said what Electron wrote before it ended without a window */
export function explainDeath(said: string, how: string): string {
  const library = /error while loading shared libraries: ([^:\s]+)/.exec(said)?.[1];
  if (library !== undefined) {
    return `this system lacks ${library}, which Electron needs. On Debian and Ubuntu: sudo apt install libgtk-3-0 libnss3 libgbm1 libasound2`;
  }
  if (/SUID sandbox helper|No usable sandbox/.test(said)) {
    return 'this system does not let Electron make its sandbox (unprivileged user namespaces are off).';
  }
  if (/Missing X server|cannot open display|Unable to open X display/i.test(said))
    return 'the display does not answer.';
  const last = said.trim().split('\n').at(-1) ?? '';
  return `Electron ended at once (${how})${last === '' ? '' : `: ${last}`}`;
}
