/**
 * What the desktop app does for the window and a browser cannot: native dialogs, folders, notifications. Absent in a
 * browser, where path fields complete what is typed.
 */
export interface FileFilter {
  readonly name: string;
  readonly extensions: readonly string[];
}

/** What happens to a run that is on when the window closes. */
export type ClosingChoice = 'ask' | 'keep' | 'stop';

export interface Shell {
  readonly platform: string;
  pickFile(input: {
    readonly title?: string;
    readonly filters?: readonly FileFilter[];
    readonly folder?: string;
  }): Promise<string | undefined>;
  pickFolder(input: { readonly title?: string; readonly folder?: string }): Promise<string | undefined>;
  saveFile(input: {
    readonly title?: string;
    readonly name?: string;
    readonly filters?: readonly FileFilter[];
  }): Promise<string | undefined>;
  openFolder(path: string): Promise<void>;
  /** Into the system's trash. */
  trashRun(folder: string): Promise<void>;
  notify(title: string, body: string): Promise<void>;
  closingChoice(): Promise<ClosingChoice>;
  setClosingChoice(choice: ClosingChoice): Promise<void>;
  /** Which job is open, and what would be lost with this window. */
  setDocument(name: string, changes: Changes): Promise<void>;
  restartService(): Promise<void>;
  /** Path of a dropped file or folder; empty when it has none. */
  pathOf(file: File): string;
}

/**
 * Changes of the job that no file has are `kept` in the draft, or `loose`: in this window alone. `captions` and
 * `prompts` that were typed are so too, while nothing of the job is.
 */
export type Changes = 'none' | 'kept' | 'loose' | 'captions' | 'prompts';

/** `window.loom`, as the preload script of the desktop app makes it. */
export interface LoomBridge {
  readonly port: {
    send(text: string): void;
    onMessage(listener: (text: string) => void): () => void;
    onClose(listener: (reason: { readonly what: string; readonly fix: string }) => void): () => void;
    onOpen(listener: () => void): () => void;
  };
  readonly shell: { call(name: string, input: unknown): Promise<unknown> };
  pathOf(file: File): string;
  readonly platform: string;
}

/** That the desktop takes for its title. */
const LONGEST_NAME = 255;

export function shellOf(bridge: LoomBridge): Shell {
  const call = (name: string, input: unknown): Promise<unknown> => bridge.shell.call(name, input);
  const pathFrom = async (name: string, input: unknown): Promise<string | undefined> =>
    ((await call(name, input)) as { readonly path?: string }).path;
  return {
    platform: bridge.platform,
    pickFile: (input) => pathFrom('pickFile', input),
    pickFolder: (input) => pathFrom('pickFolder', input),
    saveFile: (input) => pathFrom('saveFile', input),
    openFolder: async (path) => void (await call('openFolder', { path })),
    trashRun: async (path) => void (await call('trashRun', { path })),
    notify: async (title, body) => void (await call('notify', { title, body })),
    setDocument: async (name, changes) =>
      void (await call('setDocument', { name: name.slice(0, LONGEST_NAME), changes })),
    closingChoice: async () => ((await call('closingChoice', {})) as { readonly choice: ClosingChoice }).choice,
    setClosingChoice: async (choice) => void (await call('setClosingChoice', { choice })),
    restartService: async () => void (await call('restartService', {})),
    pathOf: (file) => bridge.pathOf(file),
  };
}
