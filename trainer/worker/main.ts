/**
 * Where the service starts as a child of the desktop app: windows talk over the channel to the app, each by its number.
 */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serve, toWorker, type FromWorker } from '../api/rpc/index.ts';
import { serviceMachine } from '../platform/service-machine.ts';
import { createService } from '../rpc/service.ts';

/** The command line beside this file: of the bundle, or of the sources. */
function selfCommand(): readonly string[] {
  const here = fileURLToPath(import.meta.url);
  const main = here.endsWith('.ts') ? join(dirname(here), '..', 'cli', 'main.ts') : join(dirname(here), 'lora-loom.js');
  return [process.execPath, ...process.execArgv, main];
}

interface Window {
  message(text: string): void;
  close(): void;
}

const service = createService(serviceMachine(selfCommand()));
const windows = new Map<number, Window>();

const tell = (message: FromWorker): void => {
  if (process.connected) process.send?.(message, () => undefined);
};

function open(port: number): void {
  let onMessage: (text: string) => void = () => undefined;
  const onClose: (() => void)[] = [];
  windows.set(port, {
    message: (text) => onMessage(text),
    close: () => onClose.forEach((listener) => listener()),
  });
  serve(
    {
      send: (text) => tell({ kind: 'text', port, text }),
      onMessage: (listener) => (onMessage = listener),
      onClose: (listener) => onClose.push(listener),
    },
    service,
    (mistake) => console.error(mistake),
  );
}

let ending: AbortController | undefined;

/** Lets a run save first; the second time it ends at once. */
function end(): void {
  if (ending !== undefined) return ending.abort();
  ending = new AbortController();
  void service.close(ending.signal).then(() => process.exit(0));
}

// What ends this process is the app's decision, told over the channel: signals may reach all processes of a terminal.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
process.on('disconnect', end);
process.on('message', (message: unknown) => {
  const read = toWorker.safeParse(message);
  if (!read.success) return;
  switch (read.data.kind) {
    case 'open':
      return open(read.data.port);
    case 'text':
      return windows.get(read.data.port)?.message(read.data.text);
    case 'close':
      windows.get(read.data.port)?.close();
      windows.delete(read.data.port);
      return;
    case 'end':
      return end();
  }
});
tell({ kind: 'ready' });
