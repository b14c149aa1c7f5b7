/**
 * What runs on this machine, as Linux tells: tests of what is left behind need no other system.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'vitest';

/** One that has ended and waits to be noticed by its parent counts as gone. */
export function isAlive(pid: number): boolean {
  return !/\) Z /.test(read(pid, 'stat') ?? ') Z ');
}

/** All children of a process, and theirs. */
export function descendants(pid: number): readonly number[] {
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const parents = processes.map((name) => [Number(name), parentOf(Number(name))] as const);
  const below = (one: number): readonly number[] =>
    parents.filter(([, parent]) => parent === one).flatMap(([child]) => [child, ...below(child)]);
  return below(pid);
}

/** Processes below this one that train. */
export const trainersBelow = (pid: number): readonly number[] =>
  descendants(pid).filter((one) => isAlive(one) && (read(one, 'cmdline') ?? '').includes('--child'));

/**
 * Kills the one process that trains, as soon as it is there. Never a made-up number: to the system, 0 is the group of
 * whoever asks, which is the whole test run.
 *
 * @param trainers those that train now, `() => trainersBelow(pid)`
 */
export async function killTrainer(trainers: () => readonly number[]): Promise<number> {
  await expect.poll(() => trainers().length, { timeout: PATIENT }).toBe(1);
  const [trainer] = trainers();
  if (trainer === undefined) throw new Error('The trainer ended before it could be killed');
  process.kill(trainer, 'SIGKILL');
  return trainer;
}

const PATIENT = 60_000;

const parentOf = (pid: number): number => Number(/^PPid:\s*(\d+)/m.exec(read(pid, 'status') ?? '')?.[1] ?? 0);

function read(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}
