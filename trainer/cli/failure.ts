/**
 * How a command says that it failed: a sentence and what to do, or with --json the code and its fields.
 */
import { UserError, type ErrorReport } from '../base/errors.ts';
import { excerpt } from '../base/excerpt.ts';
import { VERSION } from '../base/version.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import { jsonLine, type Terminal } from './terminal.ts';

/** Prints the error and gives the exit code that it means. */
export function tellFailure(error: unknown, terminal: Pick<Terminal, 'error'>, json: boolean): ExitCode {
  if (error instanceof UserError) {
    terminal.error(json ? jsonLine({ error: error.report }) : reportText(error.report));
    return EXIT_CODES.userError;
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const fields = {
    code: 'internal',
    what: message,
    version: VERSION,
    node: process.version,
    platform: platform(),
    stack,
  };
  terminal.error(json ? jsonLine({ error: fields }) : internalText(message, stack));
  return EXIT_CODES.internalError;
}

/** A name of a file may hold anything, line breaks and commands for the terminal too. */
export const shown = (text: string): string => excerpt(text, Infinity);

/** For people: what, where, what to do, and what else is wrong. */
export function reportText({ what, where, fix, details }: ErrorReport): string {
  const others = details?.alsoWrong;
  const more = Array.isArray(others) ? others.map((sentence) => `Also: ${shown(String(sentence))}\n`) : [];
  return [`Error: ${shown(what)}.\n`, where === undefined ? '' : `  in ${shown(where)}\n`, `  ${fix}\n`, ...more].join(
    '',
  );
}

function internalText(message: string, stack: string | undefined): string {
  const frames = (stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return [
    `Internal error: ${message}\n`,
    '  This is a mistake in LoRA Loom, not yours. Please report it with these lines, the command and the job file.\n',
    `  LoRA Loom ${VERSION}, Node ${process.version}, ${platform()}\n`,
    ...frames.slice(0, 8).map((line) => `  ${line.trim()}\n`),
  ].join('');
}

const platform = (): string => `${process.platform} ${process.arch}`;
