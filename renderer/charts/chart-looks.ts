/** How axes and lines look in every chart. */
export const AXIS = { fontSize: 'var(--size-axis)', fill: 'var(--text-3)' } as const;

export const PLAIN_LINE = { type: 'linear', dot: false, activeDot: { r: 3.5 }, isAnimationActive: false } as const;

export const shortNumber = (value: number): string =>
  Math.abs(value) >= 0.01 ? value.toFixed(2) : value.toPrecision(1);
