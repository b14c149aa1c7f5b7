/**
 * Shapes that many calls share: settings of a job, problems with what can be done about them, errors.
 */
import * as z from 'zod';
import { ERROR_CODES } from '../../base/error-codes.ts';
import type { ErrorReport } from '../../base/errors.ts';

/** Longest path and name that systems know, with room to spare. */
const LONGEST_PATH = 4096;
export const LONGEST_TEXT = 100_000;

export const path = z
  .string()
  .min(1)
  .max(LONGEST_PATH)
  .regex(/^[^\0]+$/);
export const text = z.string().max(LONGEST_TEXT);
export const count = z.int().gte(0);
export const bytes = z.number().gte(0);

/** A list that nobody changes. */
export const list = <S extends z.ZodType>(item: S, most = 1_000_000) => z.array(item).max(most).readonly();
export const paths = list(path, 100_000);

/** Long columns of numbers: checked at once, as one by one takes too long for a window that must stay smooth. */
export const numbers = z.custom<readonly number[]>(
  (value) => Array.isArray(value) && value.every((item) => typeof item === 'number'),
  'must be a list of numbers',
);

const setting = z.union([z.string(), z.number(), z.boolean(), list(z.union([z.string(), z.number()]))]);

/** Settings that are not at their default, as a job file has them; keys as in `KNOBS`. */
export const jobTable = z.record(z.string().max(200), setting).readonly();
export type JobSettings = z.infer<typeof jobTable>;
export type JobSetting = z.infer<typeof setting>;

export const severity = z.enum(['error', 'warning', 'info']);

/** Something that a button can do about a problem. */
export const remedy = z.discriminatedUnion('kind', [
  /** Changes the job: `set` over its settings, and those of `unset` back to their defaults. */
  z.object({ kind: z.literal('settings'), label: z.string(), set: jobTable, unset: list(z.string()) }),
  /** Changes files, by the call `dataset.fix`. */
  z.object({ kind: z.literal('files'), label: z.string(), fix: z.lazy(() => datasetFix) }),
]);
export type Remedy = z.infer<typeof remedy>;

export const datasetFix = z.discriminatedUnion('kind', [
  /** Writes the text as caption of pictures that have none. */
  z.object({ kind: z.literal('caption'), images: paths, text, extension: z.string().max(50) }),
  /** Moves pictures, with their captions, into the folder "left out" beside the dataset. */
  z.object({ kind: z.literal('leave-out'), images: paths }),
]);
export type DatasetFix = z.infer<typeof datasetFix>;

/** What is wrong, or worth knowing, before a start. Only errors keep a run from starting. */
export const problem = z.object({
  severity,
  /** An error code or a finding's code. */
  code: z.string(),
  /** Settings that it is about; the form shows it beside them. */
  keys: list(z.string()),
  /** A sentence without a full stop. */
  what: z.string(),
  where: z.string().exactOptional(),
  fix: z.string(),
  remedies: list(remedy),
});
export type Problem = z.infer<typeof problem>;

/** A setting that is accepted without effect. */
export const ignoredSetting = z.object({ key: z.string(), takenAs: z.string().exactOptional(), why: z.string() });

export const errorReport: z.ZodType<ErrorReport> = z.object({
  code: z.enum(ERROR_CODES),
  what: z.string(),
  where: z.string().exactOptional(),
  fix: z.string(),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), list(z.string())])).exactOptional(),
});
