/**
 * Job files as text: TOML, read with a sentence about the line that is wrong.
 */
import { parse, TomlError } from 'smol-toml';
import { UserError } from '../../base/errors.ts';

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
    return parse(text);
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
