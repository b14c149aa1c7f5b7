/**
 * The experiment's numbers as a table for people: a row for each arm, the mean over its seeds and how far these lie apart.
 */
import { SPACES, type Space } from '../demo/measure.ts';
import { mean, spread, type Effect } from './measure.ts';

export interface ArmResult {
  readonly arm: string;
  /** One for each seed; the untrained model has one. */
  readonly effects: readonly Readonly<Record<Space, Effect>>[];
}

const COLUMNS: readonly (readonly [keyof Effect, string])[] = [
  ['subjectDistance', 'subject to its pictures'],
  ['classDrift', 'class drift'],
  ['classDistance', 'class to subject'],
  ['classDiversity', 'class diversity'],
];

export function markdownTable(results: readonly ArmResult[]): string {
  return SPACES.map((space) => {
    const rows = results.map(({ arm, effects }) => [
      arm,
      ...COLUMNS.map(([key]) => numberText(effects.map((effect) => effect[space][key]))),
    ]);
    const head = [`in ${space}`, ...COLUMNS.map(([, title]) => title)];
    return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  }).join('\n\n');
}

const numberText = (values: readonly number[]): string =>
  values.length > 1 ? `${mean(values).toFixed(3)} ± ${spread(values).toFixed(3)}` : mean(values).toFixed(3);
