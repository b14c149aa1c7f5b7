import { describe, expect, test } from 'vitest';
import type { LrScheduleName, LrScheduleSettings } from '../../../trainer/optim/schedules.ts';
import { LR_SCHEDULES, lrSchedule, stepsOf, takesWarmup } from '../../../trainer/optim/schedules.ts';
import { goldenJson } from '../../golden/math-goldens.ts';

interface Curve {
  readonly name: LrScheduleName;
  readonly warmup: number;
  readonly steps: number;
  readonly lr: number[];
  readonly num_cycles?: number;
  readonly power?: number;
  readonly lr_end?: number;
  readonly min_lr_rate?: number;
  readonly num_decay_steps?: number;
  readonly min_lr_ratio?: number;
}

const { curves } = goldenJson<{ curves: Record<string, Curve> }>('lr_schedules.json');
const BASE_RATE = 1e-3;

function settingsOf(curve: Curve): LrScheduleSettings {
  return {
    name: curve.name,
    totalSteps: curve.steps,
    warmupSteps: curve.warmup,
    baseRate: BASE_RATE,
    cycles: curve.num_cycles ?? 1,
    power: curve.power ?? 1,
    endRate: curve.lr_end ?? 1e-7,
    minRatio: curve.min_lr_rate ?? curve.min_lr_ratio ?? 0,
    decaySteps: curve.num_decay_steps ?? 0,
  };
}

const refused = (curve: Curve) => curve.warmup > 0 && !takesWarmup(curve.name);

test.each(Object.entries(curves).filter(([, curve]) => !refused(curve)))(
  '%s equals transformers at every step',
  (_, curve) => {
    const factor = lrSchedule(settingsOf(curve));
    // The same f64 formulas, a few operations in another order: some units of 1e-16 relative to the base rate.
    curve.lr.forEach((lr, step) => {
      expect(Math.abs(factor(step) * BASE_RATE - lr)).toBeLessThan(1e-17);
    });
  },
);

test('a constant rate refuses a warmup, which it would silently ignore', () => {
  const names = LR_SCHEDULES.filter((name) => !takesWarmup(name));
  expect(names).toEqual(['constant', 'piecewise_constant']);
  for (const name of names) {
    expect(() => lrSchedule({ name, totalSteps: 10, warmupSteps: 2 })).toThrow(`${name} takes no warmup`);
  }
});

describe('beyond the end of the run', () => {
  const at = (settings: Partial<LrScheduleSettings> & { name: LrScheduleName }, step: number) =>
    lrSchedule({ totalSteps: 10, warmupSteps: 0, baseRate: BASE_RATE, ...settings })(step);

  test('falling schedules stay at their lowest', () => {
    expect(at({ name: 'linear' }, 12)).toBe(0);
    expect(at({ name: 'cosine_with_restarts', cycles: 3 }, 10)).toBe(0);
    expect(at({ name: 'polynomial' }, 11)).toBeCloseTo(1e-4, 12);
    expect(at({ name: 'warmup_stable_decay', decaySteps: 4, minRatio: 0.2 }, 12)).toBe(0.2);
  });
});

test('piecewise constant rates change at the listed steps', () => {
  const factor = lrSchedule({
    name: 'piecewise_constant',
    totalSteps: 9,
    warmupSteps: 0,
    stepRules: '1:2,0.1:4,0.005',
  });
  expect([0, 1, 2, 3, 4, 100].map(factor)).toEqual([1, 1, 0.1, 0.1, 0.005, 0.005]);
  const rules = (stepRules: string) => () =>
    lrSchedule({ name: 'piecewise_constant', totalSteps: 9, warmupSteps: 0, stepRules });
  expect(rules('1:2,often')).toThrow('not rules');
});

// Values of transformers 5.23's get_wsd_schedule: 10 steps, warmup 4, decay 4, min_lr_ratio 0.1, shapes as listed.
test.each([
  ['linear', 'linear', [0.1, 0.325, 0.55, 0.775, 1, 1, 1, 0.775, 0.55, 0.325, 0.1]],
  [
    'cosine',
    '1-sqrt',
    [0.1, 0.2318019484660536, 0.55, 0.8681980515339464, 1, 1, 1, 0.55, 0.3636038969321073, 0.22057713659400522, 0.1],
  ],
  [
    '1-sqrt',
    'cosine',
    [0.1, 0.22057713659400522, 0.3636038969321073, 0.55, 1, 1, 1, 0.8681980515339464, 0.55, 0.2318019484660536, 0.1],
  ],
] as const)('warmup_stable_decay rises %s and falls %s', (warmupShape, decayShape, expected) => {
  const factor = lrSchedule({
    name: 'warmup_stable_decay',
    totalSteps: 10,
    warmupSteps: 4,
    decaySteps: 4,
    minRatio: 0.1,
    warmupShape,
    decayShape,
  });
  expected.forEach((value, step) => {
    expect(factor(step)).toBeCloseTo(value, 14);
  });
});

test('a run of one step that is all warmup has a finite rate', () => {
  for (const name of LR_SCHEDULES.filter(takesWarmup)) {
    const factor = lrSchedule({ name, totalSteps: 1, warmupSteps: 1, baseRate: BASE_RATE, minRatio: 0 });
    expect(Number.isFinite(factor(0))).toBe(true);
    expect(Number.isFinite(factor(1))).toBe(true);
  }
});

test('a share of the run is a number of steps or a fraction, rounded down', () => {
  expect(stepsOf({ steps: 12 }, 1000)).toBe(12);
  expect(stepsOf({ fraction: 0.1 }, 1000)).toBe(100);
  expect(stepsOf({ fraction: 0.0999 }, 10)).toBe(0);
});
