/**
 * The window's line to the service. It breaks and comes back (the service restarts, a laptop sleeps); whoever calls or
 * listens need not know: listeners are carried over to each new line, and calls made before the first one wait for it.
 */
import { createStore, type StoreApi } from 'zustand/vanilla';
import { connect, type Client, type EventName, type Port } from '../../trainer/api/rpc/index.ts';

export interface Reason {
  readonly what: string;
  readonly fix: string;
}

export type ConnectionState =
  { readonly kind: 'connecting' } | { readonly kind: 'open' } | ({ readonly kind: 'closed' } & Reason);

/** Brings lines up, again and again. */
export interface Transport {
  /** `onOpen` gets a fresh port each time that there is a line; `onClose` says why there is none now. */
  start(onOpen: (port: Port) => void, onClose: (reason: Reason) => void): void;
}

export interface Connection {
  readonly client: Client;
  readonly state: StoreApi<ConnectionState>;
  /** Runs now if the line is up, and each time that it comes back. */
  onOpen(listener: () => void): void;
}

type Listener = (data: never) => void;

export function createConnection(transport: Transport): Connection {
  const state = createStore<ConnectionState>(() => ({ kind: 'connecting' }));
  const listeners = new Map<EventName, Set<Listener>>();
  const opened = new Set<() => void>();
  let current: Client | undefined;
  let tellFirst: (client: Client) => void = () => undefined;
  const first = new Promise<Client>((resolve) => {
    tellFirst = resolve;
  });

  const attach = (client: Client, name: EventName): void => {
    client.on(name, (data) => {
      for (const listener of listeners.get(name) ?? []) listener(data as never);
    });
  };

  transport.start(
    (port) => {
      current = connect(port);
      for (const name of listeners.keys()) attach(current, name);
      state.setState({ kind: 'open' }, true);
      tellFirst(current);
      for (const listener of opened) listener();
    },
    (reason) => state.setState({ kind: 'closed', ...reason }, true),
  );

  const client: Client = {
    call: async (name, input, options) => (current ?? (await first)).call(name, input, options),
    on: (name, listener) => {
      const those = listeners.get(name);
      if (those === undefined) {
        listeners.set(name, new Set([listener]));
        if (current !== undefined) attach(current, name);
      } else {
        those.add(listener);
      }
      return () => void listeners.get(name)?.delete(listener);
    },
  };
  return {
    client,
    state,
    onOpen: (listener) => {
      opened.add(listener);
      if (state.getState().kind === 'open') listener();
    },
  };
}
