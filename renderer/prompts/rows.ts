/**
 * The lines of a file of sample prompts as rows of a list: each keeps its name while others come, go and move.
 */
import {
  flagOf,
  lineOf,
  parsePromptFile,
  printPromptFile,
  textOfLine,
  withFlag,
  type FileLine,
  type PromptFile,
} from '../../trainer/api/prompts/prompt-file.ts';
import {
  DRAWING_FLAGS,
  KEY_OF_FLAG,
  NUMBER_RULES,
  numberOf,
  type DrawingFlag,
} from '../../trainer/api/prompts/flags.ts';
import { promptsText } from '../text/prompts.ts';
import { KNOBS } from '../../trainer/api/job/index.ts';

export interface Row {
  readonly id: number;
  readonly line: FileLine;
}

export interface PromptRow extends Row {
  readonly line: Extract<FileLine, { kind: 'prompt' }>;
}

export const isPrompt = (row: Row): row is PromptRow => row.line.kind === 'prompt';

/** Empty lines stay in the file and are not shown. */
export const isShown = ({ line }: Row): boolean => line.kind === 'prompt' || line.text.trim() !== '';

let lastId = 0;
const rowOf = (line: FileLine): Row => ({ id: ++lastId, line });

export const EMPTY_LINE: FileLine = { kind: 'prompt', prompt: '', flags: [] };

export const rowsOf = (text: string): readonly Row[] => parsePromptFile(text).lines.map(rowOf);

export const textOfRows = (rows: readonly Row[], lineEnd: PromptFile['lineEnd']): string =>
  printPromptFile({ lines: rows.map(({ line }) => line), lineEnd });

/** With a line after another row, or after the last that is shown. */
export function withLineAfter(rows: readonly Row[], id: number | undefined, line: FileLine): readonly [Row[], Row] {
  const row = rowOf(line);
  const place = id === undefined ? rows.findLastIndex(isShown) : rows.findIndex((each) => each.id === id);
  return [rows.toSpliced(place + 1, 0, row), row];
}

/** A copy has its seed, as the seed is what makes two prompts comparable. */
export const withCopyOf = (rows: readonly Row[], { id, line }: Row): readonly [Row[], Row] =>
  withLineAfter(rows, id, line);

export const withoutRow = (rows: readonly Row[], id: number): readonly Row[] => rows.filter((row) => row.id !== id);

/** The row changes places with the next one that is shown. */
export function moved(rows: readonly Row[], id: number, direction: 1 | -1): readonly Row[] {
  const shown = rows.filter(isShown);
  const row = shown.find((each) => each.id === id);
  const other = row === undefined ? undefined : shown[shown.indexOf(row) + direction];
  if (row === undefined || other === undefined) return rows;
  return rows.map((each) => (each === row ? other : each === other ? row : each));
}

const withLine = (rows: readonly Row[], id: number, change: (line: FileLine) => FileLine): readonly Row[] =>
  rows.map((row) => (row.id === id ? { id, line: change(row.line) } : row));

export const withPrompt = (rows: readonly Row[], id: number, prompt: string): readonly Row[] =>
  withLine(rows, id, (line) => (line.kind === 'prompt' ? { kind: 'prompt', prompt, flags: line.flags } : line));

export const withFlagOf = (rows: readonly Row[], id: number, flag: string, value: string): readonly Row[] =>
  withLine(rows, id, (line) => (line.kind === 'prompt' ? { kind: 'prompt', ...withFlag(line, flag, value) } : line));

export const withComment = (rows: readonly Row[], id: number, text: string): readonly Row[] =>
  withLine(rows, id, () => ({ kind: 'other', text: text.trimStart().startsWith('#') ? text : `# ${text}` }));

/** As the file will have it: flags that were pasted into a prompt become flags. An empty row waits to be filled. */
export const settled = (rows: readonly Row[], id: number): readonly Row[] =>
  withLine(rows, id, (line) => {
    const text = textOfLine(line);
    if (line.kind === 'other' || line.written !== undefined || text === '') return line;
    const read = lineOf(text);
    return read.kind === 'prompt' ? { kind: 'prompt', prompt: read.prompt, flags: read.flags } : read;
  });

/** Why the value of a flag cannot be, as "must be ..."; nothing when it can. */
export function faultOfFlag(flag: DrawingFlag, value: string): string | undefined {
  if (value.trim() === '' || flag === 'n') return undefined;
  if (flag === 'ss') return KNOBS.sample_sampler.schema.safeParse(value.trim()).success ? undefined : SAMPLERS;
  const key = KEY_OF_FLAG[flag];
  return numberOf(value, key) === undefined ? NUMBER_RULES[key].expects : undefined;
}

const SAMPLERS = promptsText.oneOf(KNOBS.sample_sampler.choices ?? []);

/** Flags that have no field: those of other kinds of models, and mistakes. */
export const otherFlags = ({ line }: PromptRow): PromptRow['line']['flags'] =>
  line.flags.filter(({ name }) => !(DRAWING_FLAGS as readonly string[]).includes(name.toLowerCase()));

export const flagOfRow = ({ line }: PromptRow, flag: string): string => flagOf(line, flag);
