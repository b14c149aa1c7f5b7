/**
 * What the window remembers: looks, view, recent jobs, the autosaved draft. The service keeps it; until it answers, the
 * defaults hold.
 */
import { createStore, type StoreApi } from 'zustand/vanilla';
import { DEFAULT_SETTINGS, type Client, type Settings } from '../../trainer/api/rpc/index.ts';

export interface PreferencesState {
  readonly settings: Settings;
  /** Whether they have come from the service. */
  readonly known: boolean;
  load(): Promise<Settings>;
  change(change: Partial<Settings>): void;
  /** Rejects where it could not be kept. */
  keep(change: Partial<Settings>): Promise<void>;
}

export type PreferencesStore = StoreApi<PreferencesState>;

const MOST_RECENT = 10;

export function createPreferencesStore(client: Client): PreferencesStore {
  return createStore<PreferencesState>((set, get) => ({
    settings: DEFAULT_SETTINGS,
    known: false,
    load: async () => {
      const { settings } = await client.call('settings.read', {});
      set({ settings, known: true });
      return settings;
    },
    // A window that cannot be remembered still works: the connection's own message says what is wrong.
    change: (change) =>
      void get()
        .keep(change)
        .catch(() => undefined),
    keep: async (change) => {
      set({ settings: { ...get().settings, ...change } });
      await client.call('settings.write', { settings: change });
    },
  }));
}

/** The list with this job first. */
export const withRecent = (recent: readonly string[], path: string): readonly string[] =>
  [path, ...recent.filter((other) => other !== path)].slice(0, MOST_RECENT);
