/**
 * The native parts that an installer needs. npm installs sharp's for this computer alone, so those for another system are
 * got as package-lock.json pins them; ONNX Runtime's package holds all systems that it has a build for.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Target } from './target.ts';

export interface PinnedPackage {
  readonly name: string;
  readonly version: string;
  /** "sha512-" and base64, of the package as npm has it. */
  readonly integrity: string;
}

/** What is read of package-lock.json. */
export interface Lock {
  readonly packages: Readonly<Record<string, { readonly version?: string; readonly integrity?: string }>>;
}

/**
 * sharp's binaries for the target. On Windows libvips is among them, elsewhere it is a package of its own.
 *
 * @throws {Error} if sharp has none
 */
export function sharpPackages({ platform, arch }: Target, lock: Lock): readonly PinnedPackage[] {
  const names = [`@img/sharp-${platform}-${arch}`, `@img/sharp-libvips-${platform}-${arch}`];
  const found = names.flatMap((name) => {
    const { version, integrity } = lock.packages[`node_modules/${name}`] ?? {};
    return version === undefined || integrity === undefined ? [] : [{ name, version, integrity }];
  });
  if (found[0]?.name === names[0]) return found;
  throw new Error(`sharp has no build for ${platform} on ${arch}: package-lock.json does not know ${names[0]}`);
}

/** @throws {Error} if ONNX Runtime has no build for the target */
export function requireEngine({ platform, arch }: Target, modules: string): void {
  const folder = join(modules, 'onnxruntime-node/bin/napi-v6', platform, arch);
  if (existsSync(folder)) return;
  throw new Error(`ONNX Runtime has no build for ${platform} on ${arch}: ${folder} is missing`);
}

/** @throws {Error} if these are not the bytes that package-lock.json names */
export function requireIntegrity({ name, version, integrity }: PinnedPackage, archive: Uint8Array): void {
  const found = `sha512-${createHash('sha512').update(archive).digest('base64')}`;
  if (found === integrity) return;
  throw new Error(`${name}@${version} is not what package-lock.json names: it is ${found} and not ${integrity}`);
}
