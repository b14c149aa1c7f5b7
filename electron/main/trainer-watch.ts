/**
 * The app's own conversation with the service: whether it still answers, what it is at, where a picture lies.
 */
import {
  connect,
  type ClassImagesEvent,
  type Client,
  type DrawingEvent,
  type RunStatus,
} from '../../trainer/api/rpc/index.ts';
import type { Conversation } from './conversations.ts';
import { Refusal } from './shell-answers.ts';
import { TEXT } from './text.ts';
import { isSameWork, type Work, type WorkKind } from './work.ts';

/** Asked this often; so many questions without an answer, and the service hangs. */
export const HEARTBEAT = { milliseconds: 10_000, unanswered: 9 } as const;

export interface WatchListeners {
  /** Something else is on than before, or nothing any more. */
  working(work: Work | undefined): void;
  /** The service lives and does not answer. */
  hung(): void;
}

export interface TrainerWatch {
  begin(conversation: Conversation): void;
  work(): Work | undefined;
  /** The file to show for a picture; nothing when the window may not see it, or nobody is there to ask. */
  locate(path: string, size: number | undefined): Promise<Located | undefined>;
  /**
   * The folder itself, where it is a run's that may go.
   *
   * @throws {UserError} as the service says
   * @throws {Refusal} when nobody is there to ask
   */
  trashable(folder: string): Promise<string>;
}

export interface Located {
  readonly file: string;
  readonly type: string;
}

export function createTrainerWatch(listeners: WatchListeners): TrainerWatch {
  let client: Client | undefined;
  // One may begin before the end of another is told.
  const on = new Map<WorkKind, Work>();
  let told: Work | undefined;

  const work = (): Work | undefined => on.get('run') ?? on.get('classes') ?? on.get('drawing');
  const tell = (): void => {
    const now = work();
    if (isSameWork(now, told)) return;
    told = now;
    listeners.working(now);
  };
  const hearRun = (run: RunStatus | undefined): void => {
    if (run === undefined || run.end !== undefined) on.delete('run');
    else on.set('run', { kind: 'run', name: run.name });
    tell();
  };
  const hearDrawing = (kind: 'classes' | 'drawing', event: ClassImagesEvent | DrawingEvent): void => {
    if (event.kind === 'done' || event.kind === 'stopped' || event.kind === 'failed') on.delete(kind);
    else on.set(kind, { kind });
    tell();
  };

  return {
    begin: (conversation) => {
      const own = connect(conversation);
      client = own;
      // Drawings are told from their first moment on, and none is older than this conversation.
      own.on('classes', ({ event }) => hearDrawing('classes', event));
      own.on('generate', ({ event }) => hearDrawing('drawing', event));
      own.on('run.status', ({ run }) => hearRun(run));
      const end = beat(own, hearRun, () => listeners.hung());
      conversation.onClose(() => {
        end();
        if (client === own) client = undefined;
        on.clear();
        tell();
      });
    },
    work,
    locate: async (path, size) => {
      try {
        return await client?.call('media.locate', size === undefined ? { path } : { path, size });
      } catch {
        return undefined;
      }
    },
    trashable: async (folder) => {
      if (client === undefined) throw new Refusal(TEXT.serviceAway);
      return (await client.call('runs.trashable', { folder })).folder;
    },
  };
}

/** @returns a function that ends it */
function beat(client: Client, hear: (run: RunStatus | undefined) => void, hung: () => void): () => void {
  let unanswered = 0;
  const ask = (): void => {
    if (unanswered >= HEARTBEAT.unanswered) return hung();
    unanswered += 1;
    client.call('run.current', {}).then(
      ({ run }) => {
        unanswered = 0;
        hear(run);
      },
      // An answer all the same.
      () => (unanswered = 0),
    );
  };
  ask();
  const timer = setInterval(ask, HEARTBEAT.milliseconds);
  return () => clearInterval(timer);
}
