/**
 * Both ends of the conversation between a window and the service, over any port that carries text: a socket, the channel
 * of a child process, two functions in a test.
 */
import type * as z from 'zod';
import { UserError, type ErrorReport } from '../../base/errors.ts';
import { CALLS, isCallName, type CallInput, type CallName, type CallOutput } from './calls.ts';
import { EVENTS, isEventName, type EventData, type EventName } from './events.ts';
import { issuesOf, readToService, readToWindow, rpcError, write, type ToService } from './messages.ts';

export interface Port {
  send(text: string): void;
  /** Messages come in the order in which they were sent. */
  onMessage(listener: (text: string) => void): void;
  /** Called once, when nothing can be sent any more. */
  onClose(listener: () => void): void;
}

export interface CallOptions {
  /** Aborting rejects the call at once and tells the service. */
  readonly signal?: AbortSignal;
}

export interface Client {
  /** Rejects with a `UserError`: what the service says, or rpc/cancelled, rpc/closed. */
  call<N extends CallName>(name: N, input: CallInput<N>, options?: CallOptions): Promise<CallOutput<N>>;
  /** @returns a function that ends the listening */
  on<N extends EventName>(name: N, listener: (data: EventData<N>) => void): () => void;
}

interface Pending {
  readonly name: CallName;
  readonly resolve: (output: never) => void;
  readonly reject: (error: unknown) => void;
}

type Listener = (data: never) => void;

/** The window's end. */
export function connect(port: Port): Client {
  const pending = new Map<number, Pending>();
  const listeners = new Map<EventName, Set<Listener>>();
  let lastId = 0;
  let closed = false;

  port.onMessage((text) => {
    const message = readToWindow(text);
    switch (message.kind) {
      case 'event':
        if (isEventName(message.name)) tellListeners(listeners.get(message.name), message.name, message.data);
        return;
      case 'refused':
        return;
      case 'result':
      case 'error': {
        const call = pending.get(message.id);
        pending.delete(message.id);
        if (call === undefined) return;
        if (message.kind === 'error') return call.reject(new UserError(message.error));
        const output = CALLS[call.name].output.safeParse(message.output);
        if (output.success) return call.resolve(output.data as never);
        return call.reject(wrongValue('rpc/wrong-output', `The answer to ${call.name}`, output.error));
      }
    }
  });
  port.onClose(() => {
    closed = true;
    for (const { reject } of pending.values()) reject(closedError());
    pending.clear();
  });

  return {
    call: (name, input, { signal } = {}) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(closedError());
        if (signal?.aborted === true) return reject(cancelledError());
        const id = ++lastId;
        pending.set(id, { name, resolve, reject });
        signal?.addEventListener('abort', () => {
          if (!pending.delete(id)) return;
          reject(cancelledError());
          if (!closed) port.send(write({ kind: 'cancel', id }));
        });
        port.send(write({ kind: 'call', id, name, input }));
      }),
    on: (name, listener) => {
      const those = listeners.get(name) ?? new Set();
      listeners.set(name, those.add(listener));
      return () => void those.delete(listener);
    },
  };
}

function tellListeners(listeners: ReadonlySet<Listener> | undefined, name: EventName, data: unknown): void {
  if (listeners === undefined || listeners.size === 0) return;
  const read = EVENTS[name].safeParse(data);
  if (!read.success) throw wrongValue('rpc/wrong-output', `The event ${name}`, read.error);
  for (const listener of listeners) listener(read.data as never);
}

export interface CallContext {
  /** Aborted when the caller cancels or is gone. */
  readonly signal: AbortSignal;
}

export type Handler<N extends CallName> = (
  input: z.output<(typeof CALLS)[N]['input']>,
  context: CallContext,
) => CallOutput<N> | Promise<CallOutput<N>>;

export type Handlers = { readonly [N in CallName]: Handler<N> };

/** Tells an event to whoever listens. */
export type Emit = <N extends EventName>(name: N, data: EventData<N>) => void;

export interface Service {
  readonly handlers: Handlers;
  /** @returns a function that ends the listening */
  onEvent(listener: Emit): () => void;
}

/**
 * The service's end: answers the calls of one port until it closes. Errors that a person can meet go to the caller; of
 * others the caller hears that there was one, and `onMistake` gets it.
 */
export function serve(port: Port, service: Service, onMistake: (error: unknown) => void): void {
  const running = new Map<number, AbortController>();
  const endListening = service.onEvent((name, data) => port.send(write({ kind: 'event', name, data })));
  port.onClose(() => {
    endListening();
    for (const controller of running.values()) controller.abort();
    running.clear();
  });

  port.onMessage((text) => {
    let message: ToService;
    try {
      message = readToService(text);
    } catch (error) {
      return port.send(write({ kind: 'refused', error: reportOf(error, onMistake) }));
    }
    if (message.kind === 'cancel') {
      running.get(message.id)?.abort();
      return;
    }
    const { id } = message;
    if (running.has(id)) {
      const error = rpcError('rpc/not-a-message', `Two calls have the number ${id}`).report;
      return port.send(write({ kind: 'refused', error }));
    }
    const controller = new AbortController();
    running.set(id, controller);
    void answer(service.handlers, message, controller.signal)
      .then(
        (output) => write({ kind: 'result', id, output }),
        (error: unknown) => write({ kind: 'error', id, error: reportOf(error, onMistake) }),
      )
      .then((text) => {
        // Deleted first: a port that is gone has nobody to tell.
        if (running.delete(id)) port.send(text);
      });
  });
}

async function answer(
  handlers: Handlers,
  { name, input }: Extract<ToService, { readonly kind: 'call' }>,
  signal: AbortSignal,
): Promise<unknown> {
  if (!isCallName(name)) throw rpcError('rpc/unknown-call', `There is no call "${name}"`);
  const read = CALLS[name].input.safeParse(input);
  if (!read.success) throw wrongValue('rpc/wrong-input', `What was given to ${name}`, read.error);
  const handler = handlers[name] as (input: unknown, context: CallContext) => unknown;
  const output = await handler(read.data, { signal });
  if (signal.aborted) throw cancelledError();
  return output;
}

function reportOf(error: unknown, onMistake: (error: unknown) => void): ErrorReport {
  if (error instanceof UserError) return error.report;
  onMistake(error);
  const what = `LoRA Loom made a mistake: ${error instanceof Error ? error.message : String(error)}`;
  return { code: 'rpc/internal', what, fix: 'It is not your fault. Please report it with what you did just before.' };
}

const wrongValue = (
  code: 'rpc/wrong-input' | 'rpc/wrong-output',
  subject: string,
  error: z.core.$ZodError,
): UserError => rpcError(code, `${subject} is not as agreed (${issuesOf(error)})`);

const cancelledError = (): UserError =>
  rpcError('rpc/cancelled', 'The call was cancelled', 'Start it again if you need it.');

const closedError = (): UserError =>
  rpcError(
    'rpc/closed',
    'The connection to the trainer is gone',
    'It is tried again by itself; a run that is on goes on.',
  );
