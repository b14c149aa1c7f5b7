/**
 * Which system an installer is made for.
 */

export interface Target {
  /** As Node calls it. */
  readonly platform: string;
  readonly arch: string;
}

const PLATFORMS: Readonly<Record<string, string>> = { '--linux': 'linux', '--mac': 'darwin', '--win': 'win32' };

/** @param words electron-builder's; where they name no system, it is this one */
export function targetOf(words: readonly string[], here: Target): Target {
  const named = words.find((word) => PLATFORMS[word] !== undefined);
  const platform = PLATFORMS[named ?? ''] ?? here.platform;
  // ONNX Runtime has no build for Macs with Intel processors.
  if (words.includes('--arm64') || platform === 'darwin') return { platform, arch: 'arm64' };
  return { platform, arch: words.includes('--x64') || platform !== here.platform ? 'x64' : here.arch };
}
