/**
 * Passes messages of the contract between pages and the service. It looks at their size and envelope and at nothing
 * else, so that a new call needs no line here.
 */
import { UserError } from '../../trainer/base/errors.ts';
import { readToService, write } from '../../trainer/api/rpc/messages.ts';
import type { ServiceLoss } from '../contract/bridge.ts';
import type { Conversation, Conversations } from './conversations.ts';

/** A page, as the relay sees it. */
export interface Page {
  readonly id: number;
  message(text: string): void;
  opened(): void;
  closed(loss: ServiceLoss): void;
}

export interface Relay {
  /** A page has loaded, for the first time or again. */
  hello(page: Page): void;
  fromPage(id: number, text: unknown): void;
  /** The page is gone. */
  goodbye(id: number): void;
  serviceOpened(): void;
  serviceClosed(loss: ServiceLoss): void;
}

export function createRelay(conversations: Conversations, serviceIsOpen: () => boolean): Relay {
  const pages = new Map<number, { readonly page: Page; conversation: Conversation | undefined }>();
  let lastLoss: ServiceLoss | undefined;

  const begin = (page: Page): Conversation => {
    const conversation = conversations.begin();
    conversation.onMessage((text) => page.message(text));
    page.opened();
    return conversation;
  };

  const goodbye = (id: number): void => {
    pages.get(id)?.conversation?.close();
    pages.delete(id);
  };

  return {
    hello: (page) => {
      goodbye(page.id);
      pages.set(page.id, { page, conversation: serviceIsOpen() ? begin(page) : undefined });
      if (!serviceIsOpen() && lastLoss !== undefined) page.closed(lastLoss);
    },
    fromPage: (id, text) => {
      const known = pages.get(id);
      if (known?.conversation === undefined) return;
      try {
        readToService(typeof text === 'string' ? text : '');
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        return known.page.message(write({ kind: 'refused', error: error.report }));
      }
      known.conversation.send(text as string);
    },
    goodbye,
    serviceOpened: () => {
      lastLoss = undefined;
      for (const known of pages.values()) known.conversation = begin(known.page);
    },
    serviceClosed: (loss) => {
      lastLoss = loss;
      for (const known of pages.values()) {
        known.conversation = undefined;
        known.page.closed(loss);
      }
    },
  };
}
