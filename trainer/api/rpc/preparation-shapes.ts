/**
 * Shapes of the preparation of folders. What is missing in an order is told by the preparation, by its name.
 */
import * as z from 'zod';
import { count, list } from './shapes.ts';

const LONGEST_PROMPT = 200;
const LONGEST_PATH = 4096;

const prompt = z.string().max(LONGEST_PROMPT);
const maybePath = z
  .string()
  .max(LONGEST_PATH)
  .regex(/^[^\0]*$/);

export const preparationOrder = z.object({
  instancePrompt: prompt,
  classPrompt: prompt,
  trainingImages: maybePath,
  repeats: z.number(),
  /** "" is none. */
  regularisationImages: maybePath,
  /** 0 or less is none. */
  regularisationRepeats: z.number(),
  destination: maybePath,
});
export type PreparationOrderShape = z.infer<typeof preparationOrder>;

const preparedFolder = z.object({
  folder: z.string(),
  pictures: count,
  files: count,
  /** Where the folder went that was there before and held more or something else. */
  backup: z.string().exactOptional(),
});

export const preparation = z.object({
  image: preparedFolder,
  regularisation: preparedFolder.exactOptional(),
  /** Other folders of pictures beside the new ones, which a training would use too. */
  others: list(z.string()),
  /** <destination>/reg, which is there only where regularisation images were copied. */
  regularisationFolder: z.string(),
  /** Settings of the job that trains on them. */
  settings: z.record(z.string(), z.string()),
});
export type PreparationShape = z.infer<typeof preparation>;
