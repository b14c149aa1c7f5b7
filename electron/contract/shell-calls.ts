/**
 * What a window asks of the desktop itself: dialogs, folders, links, notes. The trainer's calls are another contract
 * (trainer/api/rpc) and pass through the shell unread. Input is checked in the main process, where it arrives.
 */
import { z } from 'zod';

const path = z.string().min(1).max(4096);
const sentence = z.string().max(500);
const title = sentence.optional();
/** Of a file dialog: what it offers, as "Pictures" and the endings png, jpg. */
const filters = z
  .array(z.strictObject({ name: sentence, extensions: z.array(z.string().regex(/^(\*|[\w-]{1,20})$/)).max(50) }))
  .max(20)
  .optional();
/** Where a dialog begins. */
const folder = path.optional();
/** Nothing when the person cancelled. */
const picked = z.strictObject({ path: path.optional() });
const nothing = z.strictObject({});
/**
 * `kept`: in the draft that the next start opens. `loose`: nowhere but in the window. Where it is not the job that would
 * lose something, but files beside it: `captions` or `prompts`.
 */
const changes = z.enum(['none', 'kept', 'loose', 'captions', 'prompts']);
export type Changes = z.infer<typeof changes>;
/** What happens to a run that is on when the window closes: `ask` until something else was chosen for good. */
export const CLOSING_CHOICES = ['ask', 'keep', 'stop'] as const;
export type ClosingChoice = (typeof CLOSING_CHOICES)[number];
const closing = z.strictObject({ choice: z.enum(CLOSING_CHOICES) });

export const SHELL_CALLS = {
  pickFile: { input: z.strictObject({ title, filters, folder }), output: picked },
  pickFolder: { input: z.strictObject({ title, folder }), output: picked },
  saveFile: { input: z.strictObject({ title, filters, folder, name: z.string().max(255).optional() }), output: picked },
  /** Shows a folder, or a file in its folder; starts nothing. */
  openFolder: { input: z.strictObject({ path }), output: nothing },
  /** Moves the folder of a run into the system's trash; no other folder. */
  trashRun: { input: z.strictObject({ path }), output: nothing },
  /** A page of the few places that the window links to. */
  openExternal: { input: z.strictObject({ url: z.string().max(2048) }), output: nothing },
  notify: { input: z.strictObject({ title: sentence.min(1), body: sentence }), output: nothing },
  /** Which job is open: its name for the title, and what closing the window would do to changes that no file has. */
  setDocument: { input: z.strictObject({ name: z.string().max(255), changes }), output: nothing },
  closingChoice: { input: nothing, output: closing },
  setClosingChoice: { input: closing, output: nothing },
  /** After crashes in a row the service waits for this. */
  restartService: { input: nothing, output: nothing },
} as const;

export type ShellCalls = typeof SHELL_CALLS;
export type ShellCallName = keyof ShellCalls;
export type ShellInput<N extends ShellCallName> = z.infer<ShellCalls[N]['input']>;
export type ShellOutput<N extends ShellCallName> = z.infer<ShellCalls[N]['output']>;

/** One per call; a name without a handler does not compile. */
export type ShellHandlers = {
  readonly [N in ShellCallName]: (input: ShellInput<N>) => ShellOutput<N> | Promise<ShellOutput<N>>;
};

export const isShellCall = (name: unknown): name is ShellCallName =>
  typeof name === 'string' && Object.hasOwn(SHELL_CALLS, name);
