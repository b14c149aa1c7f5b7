/**
 * Numbers as people type them and step through them.
 */
import type { Knob } from '../../trainer/api/job/index.ts';
import type { JobSetting } from './settings.ts';

/** "1e-4" is a number, "" is nothing, "abc" stays what it is, so that its fault can be shown. */
export function settingFrom(typed: string): JobSetting | undefined {
  const text = typed.trim().replace(/^(-?\d*),(\d+)$/, '$1.$2');
  if (text === '') return undefined;
  const number = Number(text);
  return Number.isFinite(number) ? number : typed;
}

/**
 * The next value up or down: whole numbers by 1; others by one in their first digit, as 1e-4 to 2e-4 and down to 9e-5,
 * because a learning rate has no step that suits all of its range.
 */
export function stepped(
  { kind, min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY }: Pick<Knob<unknown>, 'kind' | 'min' | 'max'>,
  value: number | undefined,
  direction: 1 | -1,
): number {
  const start = value ?? Math.max(0, min);
  const next = kind === 'whole' ? Math.round(start) + direction : nextReal(start, direction);
  return Math.min(max, Math.max(min, next));
}

function nextReal(value: number, direction: 1 | -1): number {
  if (value === 0) return direction * 0.1;
  const size = 10 ** Math.floor(Math.log10(Math.abs(value)) + 1e-9);
  // Below a round number the next digit counts: 1e-4 goes down to 9e-5.
  const isRound = Math.abs(Math.abs(value) / size - 1) < 1e-9;
  const unit = isRound && Math.sign(value) !== direction ? size / 10 : size;
  return Number((value + direction * unit).toPrecision(6));
}
