/**
 * Two ways to the service: the desktop app's bridge, and a socket to `lora-loom serve`.
 */
import type { Port } from '../../trainer/api/rpc/index.ts';
import type { Transport } from './connection.ts';
import type { LoomBridge } from './shell.ts';
import { connectionText } from '../text/connection.ts';

/** The bridge says when the service is there; it starts the service again by itself. */
export function bridgeTransport({ port: bridge }: LoomBridge): Transport {
  return {
    start: (onOpen, onClose) => {
      let tellPort: () => void = () => undefined;
      bridge.onClose((reason) => {
        tellPort();
        onClose(reason);
      });
      bridge.onOpen(() => {
        let end: () => void = () => undefined;
        onOpen({
          send: (text) => bridge.send(text),
          onMessage: (listener) => {
            end = bridge.onMessage(listener);
          },
          onClose: (listener) => {
            tellPort = () => {
              end();
              tellPort = () => undefined;
              listener();
            };
          },
        });
      });
    },
  };
}

/** Milliseconds before the next try: quick at first, never longer than five seconds. */
const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 5000;

/** "Against the policy": the token was missing or wrong. */
const REFUSED = 1008;

export function socketTransport(address: string): Transport {
  return {
    start: (onOpen, onClose) => {
      const dial = (pause: number): void => {
        const socket = new WebSocket(address);
        let wasOpen = false;
        socket.addEventListener('open', () => {
          wasOpen = true;
          onOpen(socketPort(socket));
        });
        socket.addEventListener('close', ({ code }) => {
          onClose(code === REFUSED ? connectionText.refused : connectionText.lost);
          // The same token would be refused again.
          if (code === REFUSED) return;
          const next = wasOpen ? FIRST_PAUSE : Math.min(LONGEST_PAUSE, pause * 2);
          setTimeout(() => dial(next), next);
        });
      };
      dial(FIRST_PAUSE);
    },
  };
}

function socketPort(socket: WebSocket): Port {
  return {
    send: (text) => socket.send(text),
    onMessage: (listener) =>
      socket.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
        if (typeof data === 'string') listener(data);
      }),
    onClose: (listener) => socket.addEventListener('close', () => listener(), { once: true }),
  };
}
