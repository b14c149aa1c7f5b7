/** Which two samples of a prompt lie over each other, and which is next. */
import type { RunSample } from '../../trainer/api/rpc/index.ts';
import type { Matrix } from './matrix.ts';

/** A prompt and two steps, as far as somebody chose. */
export interface Choice {
  readonly row: number;
  readonly a?: number;
  readonly b?: number;
}

interface Chosen {
  readonly promptIndex: number;
  readonly prompt: string;
  /** All samples of the prompt. */
  readonly cells: readonly RunSample[];
  readonly a: RunSample;
  readonly b: RunSample;
}

/** The first and the last of a prompt, where nobody chose. */
export function chosenOf({ rows }: Matrix, choice: Choice): Chosen | undefined {
  const row = rows.find(({ promptIndex }) => promptIndex === choice.row) ?? rows[0];
  const cells = (row?.cells ?? []).filter((cell) => cell !== undefined);
  const b = cells.find(({ step }) => step === choice.b) ?? cells.at(-1);
  const a = cells.find(({ step }) => step === choice.a) ?? cells[0];
  if (row === undefined || a === undefined || b === undefined) return undefined;
  return { promptIndex: row.promptIndex, prompt: row.prompt, cells, a, b };
}

/** The sample `steps` columns and `prompts` rows further, beside the same other one; nothing beyond the edge. */
export function neighbour(matrix: Matrix, choice: Choice, steps: number, prompts: number): Choice | undefined {
  const chosen = chosenOf(matrix, choice);
  if (chosen === undefined) return undefined;
  const { promptIndex, cells, a, b } = chosen;
  const row = matrix.rows[matrix.rows.findIndex((one) => one.promptIndex === promptIndex) + prompts];
  const step = cells[cells.indexOf(b) + steps]?.step;
  return row === undefined || step === undefined ? undefined : { row: row.promptIndex, a: a.step, b: step };
}
