/**
 * Numbers the conversations that share one service: one per page, and the app's own.
 */
import type { ToWorker } from '../../trainer/api/rpc/index.ts';

/** Fits the contract's `connect` and `serve`. */
export interface Conversation {
  send(text: string): void;
  onMessage(listener: (text: string) => void): void;
  onClose(listener: () => void): void;
  /** Ends it from this side. */
  close(): void;
}

export interface Conversations {
  /** Only while the service is open. */
  begin(): Conversation;
  /** Of the service: a text for a conversation. */
  text(port: number, text: string): void;
  /** Of the service: it is gone. */
  closeAll(): void;
}

interface Listeners {
  readonly message: ((text: string) => void)[];
  readonly close: (() => void)[];
}

export function createConversations(send: (message: ToWorker) => void): Conversations {
  const open = new Map<number, Listeners>();
  let last = 0;
  return {
    begin: () => {
      const port = ++last;
      const listeners: Listeners = { message: [], close: [] };
      open.set(port, listeners);
      send({ kind: 'open', port });
      return {
        send: (text) => {
          if (open.has(port)) send({ kind: 'text', port, text });
        },
        onMessage: (listener) => void listeners.message.push(listener),
        onClose: (listener) => void listeners.close.push(listener),
        close: () => {
          if (!open.delete(port)) return;
          send({ kind: 'close', port });
          listeners.close.forEach((listener) => listener());
        },
      };
    },
    text: (port, text) => open.get(port)?.message.forEach((listener) => listener(text)),
    closeAll: () => {
      const all = [...open.values()];
      open.clear();
      all.forEach(({ close }) => close.forEach((listener) => listener()));
    },
  };
}
