import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { requireEngine, requireIntegrity, sharpPackages, type Lock } from '../../../scripts/package/native-packages.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const lock: Lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));

test.each<[string, string, readonly string[]]>([
  ['linux', 'x64', ['@img/sharp-linux-x64', '@img/sharp-libvips-linux-x64']],
  ['linux', 'arm64', ['@img/sharp-linux-arm64', '@img/sharp-libvips-linux-arm64']],
  ['darwin', 'arm64', ['@img/sharp-darwin-arm64', '@img/sharp-libvips-darwin-arm64']],
  ['win32', 'x64', ['@img/sharp-win32-x64']],
  ['win32', 'arm64', ['@img/sharp-win32-arm64']],
])('for %s on %s, what goes beside the app is pinned and can be had', (platform, arch, names) => {
  const packages = sharpPackages({ platform, arch }, lock);
  expect(packages.map(({ name }) => name)).toEqual(names);
  for (const { integrity } of packages) expect(integrity).toMatch(/^sha512-.{86}==$/);
  expect(() => requireEngine({ platform, arch }, join(ROOT, 'node_modules'))).not.toThrow();
});

test('a system that sharp or ONNX Runtime has no build for is refused by name', () => {
  expect(() => sharpPackages({ platform: 'sunos', arch: 'x64' }, lock)).toThrow(
    'sharp has no build for sunos on x64: package-lock.json does not know @img/sharp-sunos-x64',
  );
  expect(() => requireEngine({ platform: 'darwin', arch: 'x64' }, join(ROOT, 'node_modules'))).toThrow(
    /^ONNX Runtime has no build for darwin on x64: .* is missing$/,
  );
});

test('a package with other bytes than those that are pinned is refused', () => {
  // SHA-512 of nothing, from FIPS 180.
  const ofNothing = 'z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==';
  const pinned = { name: '@img/sharp-win32-x64', version: '0.0.0', integrity: `sha512-${ofNothing}` };
  expect(() => requireIntegrity(pinned, new Uint8Array())).not.toThrow();
  expect(() => requireIntegrity(pinned, new Uint8Array(1))).toThrow(
    '@img/sharp-win32-x64@0.0.0 is not what package-lock.json names',
  );
});
