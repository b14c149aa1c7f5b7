/**
 * The rules about who may import whom, as a function from a source file to the sentences of what is wrong with it.
 */
import { posix } from 'node:path';
import { FORBIDDEN_NAMES, LEVELS, PLATFORM_LEVEL, PURE_PACKAGES, TYPES_ONLY } from './levels.ts';
import { importsOf, namesUsed, type Import, type Source } from './sources.ts';

export function importFaults(source: Source): readonly string[] {
  const module = moduleOf(source.path);
  const level = module === undefined ? undefined : LEVELS[module];
  if (module === undefined || level === undefined) {
    return [`${source.path}: "${module ?? ''}" is no module of the level table. Put the file into one of them.`];
  }
  const faults = importsOf(source).flatMap((one) =>
    one.from.startsWith('.') ? relativeFaults(source, module, level, one) : packageFaults(source, module, level, one),
  );
  if (level >= PLATFORM_LEVEL) return faults;
  const names = namesUsed(source, Object.keys(FORBIDDEN_NAMES));
  return [...faults, ...names.map((name) => `${source.path} uses ${name}: ${FORBIDDEN_NAMES[name]}.`)];
}

function relativeFaults(source: Source, module: string, level: number, { from }: Import): readonly string[] {
  if (!from.endsWith('.ts')) return [`${source.path} imports ${from}: write the extension .ts.`];
  const target = posix.join(posix.dirname(source.path), from);
  const targetModule = moduleOf(target);
  if (targetModule === undefined) {
    return [`${source.path} imports ${target}: the trainer stands alone. Move what it needs into trainer/.`];
  }
  if (targetModule === module) return [];
  const targetLevel = LEVELS[targetModule] ?? Number.POSITIVE_INFINITY;
  if (targetLevel < level) return [];
  const rule = `${source.path} imports ${target}: ${module} (level ${level}) may import lower levels only, and ${targetModule} is level ${targetLevel}`;
  const place =
    targetLevel === level
      ? `Move what both need down (${modulesBelow(level)}), or join the two in ${modulesAt(level + 1)}.`
      : `Pass it as a parameter, or move this code up to ${modulesAt(targetLevel + 1)}.`;
  return [`${rule}. ${place}`];
}

function packageFaults(source: Source, module: string, level: number, one: Import): readonly string[] {
  if (level >= PLATFORM_LEVEL) return [];
  if (PURE_PACKAGES[one.from]?.modules.includes(module)) return [];
  if (one.typesOnly && TYPES_ONLY[one.from]?.includes(module)) return [];
  const isPlatform = /^(node:|onnxruntime|sharp)/.test(one.from);
  const place = isPlatform
    ? 'Take it as a parameter through trainer/base/ports.ts and implement it in trainer/platform.'
    : 'A pure package can be added to PURE_PACKAGES in test/architecture/levels.ts with its reason.';
  return [
    `${source.path} imports ${one.from}: ${module} (level ${level}) knows no Node, native code or packages. ${place}`,
  ];
}

function moduleOf(path: string): string | undefined {
  return /^trainer\/([^/]+)\//.exec(path)?.[1];
}

const modulesAt = (level: number): string => namesOf((other) => other === Math.min(level, 6));
const modulesBelow = (level: number): string => namesOf((other) => other < level);

function namesOf(fits: (level: number) => boolean): string {
  return Object.keys(LEVELS)
    .filter((name) => fits(LEVELS[name] ?? 0))
    .join(', ');
}
