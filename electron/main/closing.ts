/**
 * What happens when a person closes the window: no changes stay out of their file and nothing that is computed ends without
 * a question.
 */
import type { Changes, ClosingChoice } from '../contract/shell-calls.ts';
import { TEXT } from './text.ts';
import type { Work } from './work.ts';

export type Closing =
  | { readonly kind: 'stay' }
  | { readonly kind: 'close'; readonly work: 'none' | 'keep' | 'stop'; readonly remember?: ClosingChoice };

export interface Question {
  readonly message: string;
  readonly detail: string;
  /** The last one leaves all as it is; it is also what closing the question means. */
  readonly buttons: readonly string[];
  readonly checkbox?: string;
}

export interface Reply {
  readonly button: number;
  readonly checked: boolean;
}

export interface ClosingFacts {
  readonly document: { readonly name: string; readonly changes: Changes };
  readonly work: Work | undefined;
  readonly choice: ClosingChoice;
}

/** Milliseconds. A draft or a caption is written within a second of a change, unless the disk or the trainer is slow. */
export const WRITTEN = { within: 3000, lookedAtEvery: 100 } as const;

const isBeingWritten = (changes: Changes): boolean => changes === 'loose' || changes === 'captions';

/** Waits for what the page writes by itself: then nobody need be asked about it. */
export async function untilWritten(changes: () => Changes): Promise<void> {
  for (let waited = 0; isBeingWritten(changes()) && waited < WRITTEN.within; waited += WRITTEN.lookedAtEvery) {
    await new Promise((resolve) => setTimeout(resolve, WRITTEN.lookedAtEvery));
  }
}

export async function decideClosing(
  { document, work, choice }: ClosingFacts,
  ask: (question: Question) => Promise<Reply>,
): Promise<Closing> {
  if (document.changes !== 'none') {
    const { message, detail, close, stay } = TEXT.unsaved;
    const question = { message: message(document.name), detail: detail[document.changes], buttons: [close, stay] };
    const { button } = await ask(question);
    if (button !== 0) return { kind: 'stay' };
  }
  if (work === undefined) return { kind: 'close', work: 'none' };
  const isRun = work.kind === 'run';
  if (isRun && choice !== 'ask') return { kind: 'close', work: choice };
  const { message, detail, keep, stop, stay, remember } = TEXT.working(work);
  const buttons = [keep, stop, stay];
  const { button, checked } = await ask({ message, detail, buttons, ...(isRun ? { checkbox: remember } : {}) });
  const chosen = (['keep', 'stop'] as const)[button];
  if (chosen === undefined) return { kind: 'stay' };
  return checked ? { kind: 'close', work: chosen, remember: chosen } : { kind: 'close', work: chosen };
}
