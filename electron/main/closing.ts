/**
 * What happens when a person closes the window: no changes stay out of their file and no training ends without a question.
 */
import type { Changes, ClosingChoice } from '../contract/shell-calls.ts';
import { TEXT } from './text.ts';

export type Closing =
  | { readonly kind: 'stay' }
  | { readonly kind: 'close'; readonly run: 'none' | 'keep' | 'stop'; readonly remember?: ClosingChoice };

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
  readonly runName: string | undefined;
  readonly choice: ClosingChoice;
}

export async function decideClosing(
  { document, runName, choice }: ClosingFacts,
  ask: (question: Question) => Promise<Reply>,
): Promise<Closing> {
  if (document.changes !== 'none') {
    const { message, detail, close, stay } = TEXT.unsaved;
    const question = { message: message(document.name), detail: detail[document.changes], buttons: [close, stay] };
    const { button } = await ask(question);
    if (button !== 0) return { kind: 'stay' };
  }
  if (runName === undefined) return { kind: 'close', run: 'none' };
  if (choice !== 'ask') return { kind: 'close', run: choice };
  const { message, detail, keep, stop, stay, remember } = TEXT.training;
  const buttons = [keep, stop, stay];
  const { button, checked } = await ask({ message: message(runName), detail, buttons, checkbox: remember });
  const run = (['keep', 'stop'] as const)[button];
  if (run === undefined) return { kind: 'stay' };
  return checked ? { kind: 'close', run, remember: run } : { kind: 'close', run };
}
