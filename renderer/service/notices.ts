/**
 * Notices of the system, for whoever looks at another window: of the desktop app, or of the browser where it allows them.
 */
import type { Shell } from './shell.ts';

export interface Notices {
  /** Asks for leave where nobody has decided yet. Browsers ask only when somebody has just pressed something. */
  ask(): void;
  show(title: string, body: string): void;
}

type WebNotification = Pick<typeof Notification, 'permission' | 'requestPermission'> &
  (new (title: string, options: NotificationOptions) => unknown);

/** @param web absent where the browser has none: over plain http, from another computer */
export function noticesOf(
  shell: Shell | undefined,
  web: WebNotification | undefined = globalThis.Notification,
): Notices {
  return {
    ask: () => {
      if (shell === undefined && web?.permission === 'default') void web.requestPermission();
    },
    show: (title, body) => {
      // A notice that cannot be shown is no reason for another.
      if (shell !== undefined) void shell.notify(title, body).catch(() => undefined);
      else if (web?.permission === 'granted') new web(title, { body });
    },
  };
}
