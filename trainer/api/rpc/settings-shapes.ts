/**
 * What the window remembers from one day to the next, in a file of the user.
 */
import * as z from 'zod';
import { jobTable, list, path } from './shapes.ts';

export const settingsShape = {
  theme: z.enum(['system', 'light', 'dark']),
  /** Percent. */
  textSize: z.number().gte(50).lte(300),
  expert: z.boolean(),
  /** Newest first. */
  recentJobs: list(path, 50),
  /** Last folder by kind of picker. */
  folders: z.record(z.string().max(100), path).readonly(),
  /** The job as it was when the window was last open: autosaved. */
  draft: z.object({ path: path.exactOptional(), table: jobTable, unsaved: z.boolean() }).nullable(),
  /** Anything else that a page remembers, as text. */
  pages: z.record(z.string().max(100), z.string().max(100_000)).readonly(),
};

export const settings = z.object(settingsShape);
export type Settings = z.infer<typeof settings>;

export const settingsChange = z.object({
  theme: settingsShape.theme.exactOptional(),
  textSize: settingsShape.textSize.exactOptional(),
  expert: settingsShape.expert.exactOptional(),
  recentJobs: settingsShape.recentJobs.exactOptional(),
  folders: settingsShape.folders.exactOptional(),
  draft: settingsShape.draft.exactOptional(),
  pages: settingsShape.pages.exactOptional(),
});

export const DEFAULT_SETTINGS: Settings = {
  theme: 'system',
  textSize: 100,
  expert: false,
  recentJobs: [],
  folders: {},
  draft: null,
  pages: {},
};
