import { totalmem } from 'node:os';
import { expect, test } from 'vitest';
import { machineClock } from '../../../trainer/platform/clock.ts';
import { probeHardware } from '../../../trainer/platform/hardware.ts';

test('the hardware has at least one core and no more memory than the machine', () => {
  const found = probeHardware();
  expect(found.cores).toBeGreaterThanOrEqual(1);
  expect(found.memory).toBeGreaterThan(2 ** 20);
  expect(found.memory).toBeLessThanOrEqual(totalmem());
  expect(found.freeMemory).toBeLessThanOrEqual(found.memory);
  expect(found.nodeVersion).toMatch(/^\d+\.\d+\.\d+/);
});

test('the clock counts milliseconds since 1970 and seconds that never go back', () => {
  // 2020-01-01 in milliseconds: seconds or microseconds would be off by a thousand.
  expect(machineClock.now()).toBeGreaterThan(1_577_836_800_000);
  expect(machineClock.now()).toBeLessThan(1_577_836_800_000 * 10);
  const before = machineClock.seconds();
  expect(machineClock.seconds()).toBeGreaterThanOrEqual(before);
});
