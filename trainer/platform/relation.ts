/**
 * How two places of the disk lie to each other, whatever they are called: links are followed, and two spellings of one
 * name are one place where the disk takes them for one.
 */
import type { BigIntStats } from 'node:fs';
import type * as nodeFiles from 'node:fs/promises';
import { dirname, join, basename, resolve } from 'node:path';
import type { Relation } from '../base/ports.ts';
import { systemCode } from './file-errors.ts';

export type RelationSystem = Pick<typeof nodeFiles, 'realpath' | 'stat'>;

/** @see Files.relation */
export async function relationOf(system: RelationSystem, path: string, other: string): Promise<Relation> {
  const [ownPlace, ...ownParents] = await placesUp(system, await realPath(system, resolve(path)));
  const [otherPlace, ...otherParents] = await placesUp(system, await realPath(system, resolve(other)));
  if (ownPlace === otherPlace) return 'same';
  if (otherPlace !== undefined && ownParents.includes(otherPlace)) return 'inside';
  return ownPlace !== undefined && otherParents.includes(ownPlace) ? 'around' : 'apart';
}

/** What is not there yet will be in the nearest folder that is. */
async function realPath(system: RelationSystem, path: string): Promise<string> {
  try {
    return await system.realpath(path);
  } catch (error) {
    const parent = dirname(path);
    if (systemCode(error) !== 'ENOENT' || parent === path) throw error;
    return join(await realPath(system, parent), basename(path));
  }
}

/** The place itself and every folder around it. */
async function placesUp(system: RelationSystem, path: string): Promise<readonly string[]> {
  const parent = dirname(path);
  const own = await identityOf(system, path);
  return parent === path ? [own] : [own, ...(await placesUp(system, parent))];
}

/** The disk's own number of a file or folder; its path where there is no such number, or nothing yet. */
async function identityOf(system: RelationSystem, path: string): Promise<string> {
  try {
    const { dev, ino }: BigIntStats = await system.stat(path, { bigint: true });
    return ino === 0n ? path : `${dev}:${ino}`;
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    return path;
  }
}
