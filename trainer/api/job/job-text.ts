/**
 * Job files as text: TOML, read with a sentence about the line that is wrong.
 */
import { parse, TomlError } from 'smol-toml';
import { UserError } from '../../base/errors.ts';
import { WHOLE_RUN } from './knob.ts';
import { isRateShare } from './knobs.ts';
import { entriesOf, overrideSettings, type Table } from './table.ts';

/** @throws {UserError} job/syntax */
export function parseJobText(bytes: Uint8Array, where: string): unknown {
  return parseToml(decode(bytes, where), where);
}

function decode(bytes: Uint8Array, where: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UserError({
      code: 'job/syntax',
      what: 'The job file is no UTF-8 text',
      where,
      fix: 'Give the TOML file with the settings, and save it as UTF-8 in your editor.',
    });
  }
}

/** @throws {UserError} job/syntax */
export function parseToml(text: string, where: string): unknown {
  try {
    return withWholeRuns(parse(text), text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const { line, column } = error;
    const reason = (error.message.split('\n')[0] ?? '').replace(/^Invalid TOML document: /, '');
    const shown = (text.split(/\r?\n/)[line - 1] ?? '').trim().slice(0, 120);
    throw new UserError({
      code: 'job/syntax',
      what: `Line ${line} of the job file is no valid TOML (${reason}): ${shown}`,
      where,
      fix: 'Write one setting a line: name = 1, name = "text", name = true or name = ["a", "b"]. In Windows paths write / or double each \\.',
      details: { line, column, reason },
    });
  }
}

/** There sd-scripts takes 1 for one step and 1.0 for the whole run; in JavaScript both are the same number. */
function withWholeRuns(table: Table, text: string): unknown {
  if (!entriesOf(table).some(([key, value]) => isRateShare(key) && value === 1)) return table;
  const exact = entriesOf(parse(text, { integersAsBigInt: true }));
  const whole = exact
    .filter(([key, value]) => isRateShare(key) && value === 1)
    .map(([key]) => [key, WHOLE_RUN] as const);
  return overrideSettings(table, new Map(whole));
}
