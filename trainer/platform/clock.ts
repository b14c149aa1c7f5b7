/**
 * The machine's clock.
 */
import type { Clock } from '../base/ports.ts';

export const machineClock: Clock = {
  now: () => Date.now(),
  seconds: () => performance.now() / 1000,
};
