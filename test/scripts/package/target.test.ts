import { expect, test } from 'vitest';
import { targetOf } from '../../../scripts/package/target.ts';

const LINUX = { platform: 'linux', arch: 'x64' };

test.each<[string, string, string]>([
  ['', 'linux', 'x64'],
  ['--linux dir', 'linux', 'x64'],
  ['--linux --arm64', 'linux', 'arm64'],
  ['--win', 'win32', 'x64'],
  ['--win --arm64', 'win32', 'arm64'],
  ['--mac', 'darwin', 'arm64'],
])('on Linux with an Intel processor, "%s" is for %s on %s', (words, platform, arch) => {
  expect(targetOf(words.split(' '), LINUX)).toEqual({ platform, arch });
});

test('the processor of this computer is meant for this system alone', () => {
  expect(targetOf([], { platform: 'linux', arch: 'arm64' }).arch).toBe('arm64');
  expect(targetOf(['--x64'], { platform: 'linux', arch: 'arm64' }).arch).toBe('x64');
  expect(targetOf(['--win'], { platform: 'linux', arch: 'arm64' }).arch).toBe('x64');
});
