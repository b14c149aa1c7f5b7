/**
 * Shapes of presets: parts of jobs under a name.
 */
import * as z from 'zod';
import { errorReport, jobTable } from './shapes.ts';

export const preset = z.object({
  name: z.string(),
  /** Those that come with LoRA Loom cannot be changed. */
  isBuiltIn: z.boolean(),
  /** What it is for. */
  about: z.string().exactOptional(),
  table: jobTable,
});
export type Preset = z.infer<typeof preset>;

/** A file among the user's presets that cannot be read, with the reason. */
export const brokenPreset = z.object({ name: z.string(), error: errorReport });
export type BrokenPreset = z.infer<typeof brokenPreset>;
