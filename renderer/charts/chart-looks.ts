/** How axes, lines and tips look in every chart of the loss. */
const TICK = { fontSize: 'var(--size-axis)', fill: 'var(--text-3)' } as const;

/**
 * The ticks are few and given: each is drawn. Left to choose among them, the chart measures every label each time it is
 * drawn, which is a good part of its time.
 */
const GIVEN_TICKS = { interval: 0, tick: TICK, tickLine: false } as const;

export const GRID = { horizontal: true, vertical: false, stroke: 'var(--grid-line)' } as const;

/** Steps or time, from left to right. */
export const LENGTH_AXIS = {
  ...GIVEN_TICKS,
  type: 'number',
  axisLine: { stroke: 'var(--line-strong)' },
  height: 22,
} as const;

export const RATE_AXIS = {
  ...GIVEN_TICKS,
  orientation: 'right',
  width: 48,
  tick: { ...TICK, fill: 'var(--series-3)' },
  axisLine: false,
} as const;

export const TIP = {
  isAnimationActive: false,
  cursor: { stroke: 'var(--text-3)', strokeDasharray: '2 3' },
  position: { y: 8 },
} as const;

export const PLAIN_LINE = { type: 'linear', dot: false, activeDot: { r: 3.5 }, isAnimationActive: false } as const;

export const shortNumber = (value: number): string =>
  Math.abs(value) >= 0.01 ? value.toFixed(2) : value.toPrecision(1);

export const LOSS_AXIS = {
  ...GIVEN_TICKS,
  allowDataOverflow: true,
  width: 40,
  axisLine: false,
  tickFormatter: shortNumber,
} as const;
