/**
 * The whole service in a folder of its own, with a window that is connected to it.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connect, serve, type Client, type EventData, type EventName } from '../../trainer/api/rpc/index.ts';
import { serviceMachine } from '../../trainer/platform/service-machine.ts';
import { createService, type OpenService } from '../../trainer/rpc/service.ts';

const MAIN = fileURLToPath(new URL('../../trainer/cli/main.ts', import.meta.url));

/** `lora-loom` from its sources. */
export const SELF = [process.execPath, '--import', 'tsx', MAIN] as const;

export interface ServiceStage extends AsyncDisposable {
  readonly folder: string;
  readonly service: OpenService;
  readonly client: Client;
  readonly mistakes: unknown[];
  /** The first event of the name that fits, from now on. */
  next<N extends EventName>(name: N, fits?: (data: EventData<N>) => boolean): Promise<EventData<N>>;
}

export async function serviceStage(self: readonly string[] = SELF): Promise<ServiceStage> {
  const folder = await mkdtemp(join(tmpdir(), 'lora-loom-service-'));
  const places = {
    home: folder,
    configFolder: join(folder, 'config'),
    cacheFolder: join(folder, 'cache'),
    workFolder: join(folder, 'work'),
  };
  const service = createService({ ...serviceMachine(self), ...places });
  const toService: ((text: string) => void)[] = [];
  const toWindow: ((text: string) => void)[] = [];
  const mistakes: unknown[] = [];
  serve(
    {
      send: (text) => queueMicrotask(() => toWindow.forEach((listener) => listener(text))),
      onMessage: (listener) => void toService.push(listener),
      onClose: () => undefined,
    },
    service,
    (error) => mistakes.push(error),
  );
  const client = connect({
    send: (text) => queueMicrotask(() => toService.forEach((listener) => listener(text))),
    onMessage: (listener) => void toWindow.push(listener),
    onClose: () => undefined,
  });
  return {
    folder,
    service,
    client,
    mistakes,
    next: (name, fits = () => true) =>
      new Promise((resolve) => {
        const stop = client.on(name, (data) => {
          if (!fits(data)) return;
          stop();
          resolve(data);
        });
      }),
    [Symbol.asyncDispose]: async () => {
      await service.close(AbortSignal.abort());
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The code of the error that a call ends with. */
export const codeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'no error',
    (error: unknown) => (error as { report?: { code: string } }).report?.code ?? String(error),
  );
