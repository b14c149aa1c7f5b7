/**
 * The app's own conversation with the service: whether it still answers, which run is on, where a picture lies.
 */
import { connect, type Client, type RunStatus } from '../../trainer/api/rpc/index.ts';
import type { Conversation } from './conversations.ts';
import { Refusal } from './shell-answers.ts';
import { TEXT } from './text.ts';

/** Asked this often; so many questions without an answer, and the service hangs. */
export const HEARTBEAT = { milliseconds: 10_000, unanswered: 9 } as const;

export interface WatchListeners {
  /** A run began, with its name, or the one that was on is over. */
  running(name: string | undefined): void;
  /** The service lives and does not answer. */
  hung(): void;
}

export interface TrainerWatch {
  begin(conversation: Conversation): void;
  runName(): string | undefined;
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
  let running: string | undefined;

  const hear = (run: RunStatus | undefined): void => {
    const name = run === undefined || run.end !== undefined ? undefined : run.name;
    if (name === running) return;
    running = name;
    listeners.running(name);
  };

  return {
    begin: (conversation) => {
      const own = connect(conversation);
      client = own;
      own.on('run.status', ({ run }) => hear(run));
      const end = beat(own, hear, () => listeners.hung());
      conversation.onClose(() => {
        end();
        if (client === own) client = undefined;
        hear(undefined);
      });
    },
    runName: () => running,
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
