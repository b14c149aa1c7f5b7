/**
 * Where the user is: the page, and the field to jump to.
 */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { FieldPath } from '../form/presentation.ts';

export const PAGES = ['dataset', 'train', 'run', 'runs', 'tryIt', 'settings'] as const;
export type Page = (typeof PAGES)[number];

export interface ViewState {
  readonly page: Page;
  /** Set by a search or a problem; the form opens it, focuses it and forgets it. */
  readonly target?: FieldPath | undefined;
  readonly search: boolean;
  /** Whether the list of problems is open. */
  readonly problems: boolean;
  go(page: Page): void;
  jumpTo(field: FieldPath): void;
  arrived(): void;
  openSearch(open: boolean): void;
  openProblems(open: boolean): void;
}

export type ViewStore = StoreApi<ViewState>;

export function createViewStore(): ViewStore {
  return createStore<ViewState>((set) => ({
    page: 'train',
    search: false,
    problems: false,
    go: (page) => set({ page }),
    jumpTo: (target) => set({ page: 'train', target, search: false }),
    arrived: () => set({ target: undefined }),
    openSearch: (search) => set({ search }),
    openProblems: (problems) => set({ problems }),
  }));
}
