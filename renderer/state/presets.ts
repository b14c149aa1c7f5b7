/**
 * Presets as the service keeps them: listed when the line comes up, and again after each change.
 */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { ErrorReport } from '../../trainer/base/errors.ts';
import type { BrokenPreset, CallInput, Client, Preset } from '../../trainer/api/rpc/index.ts';
import { reportOf } from './failures.ts';

export interface PresetsState {
  readonly presets: readonly Preset[];
  readonly broken: readonly BrokenPreset[];
  readonly failure?: ErrorReport | undefined;
  load(): Promise<void>;
  /** Each tells whether it was done; why not stands in `failure`. */
  save(input: CallInput<'presets.save'>): Promise<boolean>;
  rename(name: string, to: string): Promise<boolean>;
  remove(name: string): Promise<boolean>;
  forgetFailure(): void;
}

export type PresetsStore = StoreApi<PresetsState>;

export function createPresetsStore(client: Client): PresetsStore {
  return createStore<PresetsState>((set) => {
    const list = async (): Promise<void> => set(await client.call('presets.list', {}));
    const attempt = async (action: () => Promise<unknown>): Promise<boolean> => {
      set({ failure: undefined });
      try {
        await action();
        await list();
        return true;
      } catch (error) {
        set({ failure: reportOf(error) });
        return false;
      }
    };
    return {
      presets: [],
      broken: [],
      load: async () => void (await attempt(() => Promise.resolve())),
      save: (input) => attempt(() => client.call('presets.save', input)),
      rename: (name, to) => attempt(() => client.call('presets.rename', { name, to })),
      remove: (name) => attempt(() => client.call('presets.delete', { name })),
      forgetFailure: () => set({ failure: undefined }),
    };
  });
}
