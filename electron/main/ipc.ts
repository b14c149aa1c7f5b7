/**
 * What pages send to the main process and hear from it. Whatever comes in is looked at here: who sent it, and whether it
 * is as agreed.
 */
import type { IpcMain, WebContents } from 'electron';
import { CHANNELS, type ServiceLoss, type ShellAnswer } from '../contract/bridge.ts';
import type { ShellHandlers } from '../contract/shell-calls.ts';
import { originOf } from './pages.ts';
import { answerShellCall } from './shell-answers.ts';
import { TEXT } from './text.ts';

export interface PageListeners {
  hello(page: WebContents): void;
  message(page: WebContents, text: unknown): void;
  /** The desktop, as the page's window has it. */
  handlersFor(page: WebContents): ShellHandlers;
}

/**
 * @param messages Electron's ipcMain, which is used nowhere else
 * @param origin   of our own pages
 */
export function listenToPages(
  messages: Pick<IpcMain, 'on' | 'handle'>,
  origin: string,
  listeners: PageListeners,
): void {
  messages.on(CHANNELS.hello, (event) => {
    if (isOurs(event, origin)) listeners.hello(event.sender);
  });
  messages.on(CHANNELS.message, (event, text: unknown) => {
    if (isOurs(event, origin)) listeners.message(event.sender, text);
  });
  messages.handle(CHANNELS.shell, (event, name: unknown, input: unknown): Promise<ShellAnswer> | ShellAnswer => {
    if (!isOurs(event, origin)) return { kind: 'failed', what: TEXT.unknownCall(String(name)) };
    return answerShellCall(listeners.handlersFor(event.sender), name, input);
  });
}

/** Tells a page something; one that is gone hears nothing. */
export function tellPage(
  page: WebContents,
  channel: 'message' | 'opened' | 'closed',
  content?: string | ServiceLoss,
): void {
  if (!page.isDestroyed()) page.send(CHANNELS[channel], content);
}

/** Of Electron's events, as far as it says who sent them. */
export interface Sent {
  readonly sender: { readonly mainFrame: unknown };
  /** Null where the frame is gone, or went elsewhere meanwhile. */
  readonly senderFrame: { readonly url: string } | null;
}

/** The main frame of one of our own pages, and nothing within or beside it. */
export function isOurs({ sender, senderFrame }: Sent, origin: string): boolean {
  return senderFrame !== null && senderFrame === sender.mainFrame && originOf(senderFrame.url) === origin;
}
