/**
 * A text file of sample prompts as lines that can be changed one by one.
 *
 * Format (sd-scripts `load_prompts`, `.txt`):
 * - one prompt a line; lines end in LF, CRLF or CR; spaces around a line mean nothing
 * - a line that begins with `#` is a comment; empty lines mean nothing
 * - a prompt reaches to the first ` --`; from there on each flag reaches to the next ` --`
 * - a flag is a name, in any case, and a value: the rest up to the next flag, spaces around it cut off
 * - of a flag that stands twice, the last counts
 *
 * A line that nobody changes is written as it was, so a file loses nothing by being edited here.
 */

export interface PromptFlag {
  /** As written, such as `W`. */
  readonly name: string;
  readonly value: string;
}

export interface PromptLine {
  readonly prompt: string;
  readonly flags: readonly PromptFlag[];
}

export type FileLine =
  /** A comment, or nothing. */
  | { readonly kind: 'other'; readonly text: string }
  /** `written` until the line is changed. */
  | ({ readonly kind: 'prompt'; readonly written?: string } & PromptLine);

export interface PromptFile {
  readonly lines: readonly FileLine[];
  /** CRLF where all of the file has it. */
  readonly lineEnd: '\n' | '\r\n';
}

const LINE_ENDS = /\r\n|\n|\r/u;

/** `a photo of a cat --w 768 --d 42`: the prompt reaches to the first flag, each flag to the next. */
export function splitPromptLine(line: string): PromptLine {
  const [prompt = '', ...flags] = ` ${line}`.split(' --');
  return {
    prompt: prompt.trim(),
    flags: flags.map((flag) => {
      const [, name = '', value = ''] = /^(\S*)\s*(.*)$/su.exec(flag) ?? [];
      return { name, value: value.trim() };
    }),
  };
}

/** The line that says this; a flag without a value is left out. What would end a line becomes a space. */
export function printPromptLine({ prompt, flags }: PromptLine): string {
  const given = flags.filter(({ value }) => value.trim() !== '').map(({ name, value }) => `--${name} ${value.trim()}`);
  return [prompt.trim(), ...given]
    .join(' ')
    .replaceAll(/[\r\n]+/gu, ' ')
    .trim();
}

export function parsePromptFile(text: string): PromptFile {
  const plain = text.replace(/^\ufeff/u, '');
  const hasOtherEnds = /(?<!\r)\n|\r(?!\n)/u.test(plain);
  return {
    lines: plain.split(LINE_ENDS).map(lineOf),
    lineEnd: plain.includes('\r\n') && !hasOtherEnds ? '\r\n' : '\n',
  };
}

export const printPromptFile = ({ lines, lineEnd }: PromptFile): string => lines.map(textOfLine).join(lineEnd);

export function textOfLine(line: FileLine): string {
  if (line.kind === 'other') return line.text;
  return line.written ?? printPromptLine(line);
}

export function lineOf(text: string): FileLine {
  const line = text.trim();
  if (line === '' || line.startsWith('#')) return { kind: 'other', text };
  return { kind: 'prompt', ...splitPromptLine(line), written: text };
}

/** The value that counts of a flag; empty where it has none. */
export const flagOf = ({ flags }: PromptLine, name: string): string =>
  flags.findLast((flag) => flag.name.toLowerCase() === name)?.value ?? '';

/** The line with this value of a flag, in its place if it has one; an empty value removes the flag. */
export function withFlag({ prompt, flags }: PromptLine, name: string, value: string): PromptLine {
  const isNamed = (flag: PromptFlag): boolean => flag.name.toLowerCase() === name;
  const place = flags.findIndex(isNamed);
  const others = flags.filter((flag) => !isNamed(flag));
  if (value === '') return { prompt, flags: others };
  return { prompt, flags: others.toSpliced(place < 0 ? others.length : place, 0, { name, value }) };
}
