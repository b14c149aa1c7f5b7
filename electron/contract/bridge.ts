/**
 * What a page finds as `window.loom`, and the channels behind it. The preload script and the main process both derive
 * from this file; pages import its types alone.
 */
import type { ShellCallName, ShellInput, ShellOutput } from './shell-calls.ts';

/** Why the service is away, in words for people. */
export interface ServiceLoss {
  readonly what: string;
  readonly fix: string;
  /** It starts again by itself. */
  readonly restarts: boolean;
}

/** A conversation with the service, in the contract's messages as text. Each `on…` gives what ends the listening. */
export interface LoomPort {
  send(text: string): void;
  onMessage(listener: (text: string) => void): () => void;
  /** The service listens. Called at once when it does already, and again after each loss. */
  onOpen(listener: () => void): () => void;
  /** The service is gone; calls that are under way will not be answered. */
  onClose(listener: (loss: ServiceLoss) => void): () => void;
}

export interface LoomShell {
  /** Rejects with an `Error` whose message is a sentence for people. */
  call<N extends ShellCallName>(name: N, input: ShellInput<N>): Promise<ShellOutput<N>>;
}

export interface LoomBridge {
  readonly platform: string;
  readonly port: LoomPort;
  readonly shell: LoomShell;
  /** Where a dropped file or folder lies; empty for one that lies nowhere, as a picture dragged from a web page. */
  pathOf(file: unknown): string;
}

/** The only names that cross between the processes. */
export const CHANNELS = {
  /** Page to main: a contract message as text. Main to page: the same. */
  message: 'loom:message',
  /** Page to main: a page has loaded and listens; answered by `opened` when the service is there. */
  hello: 'loom:hello',
  /** Main to page. */
  opened: 'loom:opened',
  /** Main to page: a `ServiceLoss`. */
  closed: 'loom:closed',
  /** Page to main and back: a name of SHELL_CALLS and its input. */
  shell: 'loom:shell',
} as const;

/** The answer to `CHANNELS.shell`: Electron would put its own words before those of a thrown error. */
export type ShellAnswer =
  { readonly kind: 'done'; readonly output: unknown } | { readonly kind: 'failed'; readonly what: string };
