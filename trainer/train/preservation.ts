/**
 * What keeps a model's idea of the class while it learns one subject of it: which samples of a pass do, what they are
 * trained towards, and how much they weigh. (docs/decisions/0030-prior-preservation.md)
 *
 *     loss = 1/B · ( Σ pictures  l  +  prior_loss_weight · Σ regularisation images  l  +  prior_loss_weight · Σ copies  l )
 *
 * B is the number of samples in the batch, without the copies that diff_output_preservation_class adds.
 *
 * @see Ruiz et al. 2022, arXiv:2208.12242, eq. 2; sd-scripts 48d368f, train_network.py, get_noise_pred_and_target
 */
import type { Job } from '../api/job/index.ts';
import { must } from '../base/errors.ts';
import { classCaption } from '../data/class-captions.ts';
import type { DatasetImage } from '../data/dataset.ts';

/** One row of what is fed to a pass. */
export interface PassRow {
  /** The sample of the batch whose latents, noise and timestep it has. */
  readonly sample: number;
  readonly caption: string;
  /** How much it counts in a mean over the rows. */
  readonly weight: number;
  /** Its target is the frozen networks' prediction. */
  readonly preserved: boolean;
}

/** Whether the step needs the frozen networks beside those that learn. */
export const hasFrozenTarget = (job: Pick<Job, 'prior_target' | 'diff_output_preservation_class'>): boolean =>
  job.prior_target === 'frozen_model' || job.diff_output_preservation_class !== undefined;

/** Rows of the largest pass. */
export const rowsAtMost = (job: Pick<Job, 'diff_output_preservation_class' | 'train_batch_size'>): number =>
  job.diff_output_preservation_class === undefined ? job.train_batch_size : 2 * job.train_batch_size;

type Settings = Pick<Job, 'prior_loss_weight' | 'prior_target' | 'diff_output_preservation_class' | 'trigger_words'>;

/** The samples of a batch, and after them the copies that keep the class. */
export function passRows(
  {
    prior_loss_weight: priorWeight,
    prior_target: target,
    diff_output_preservation_class: classPrompt,
    trigger_words: triggerWords,
  }: Settings,
  pictures: readonly Pick<DatasetImage, 'isRegularisation'>[],
  captions: readonly string[],
): readonly PassRow[] {
  const rows = pictures.map(({ isRegularisation }, sample): PassRow => ({
    sample,
    caption: must(captions[sample], 'a caption'),
    weight: isRegularisation ? priorWeight : 1,
    preserved: isRegularisation && target === 'frozen_model',
  }));
  if (classPrompt === undefined) return rows;
  const copies = rows
    .filter(({ sample }) => pictures[sample]?.isRegularisation === false)
    .map(({ sample, caption }): PassRow => ({
      sample,
      caption: classCaption(caption, { classPrompt, triggerWords }),
      weight: priorWeight,
      preserved: true,
    }));
  // The step takes the mean over all rows: so that copies weaken no picture, each row counts for more.
  const scale = (rows.length + copies.length) / rows.length;
  return [...rows, ...copies].map((row) => ({ ...row, weight: row.weight * scale }));
}

/** @param values [samples · n], n numbers a sample; as they are where each sample is one row */
export function picked(values: Float32Array, rows: readonly PassRow[], samples: number): Float32Array {
  if (rows.length === samples) return values;
  const each = values.length / samples;
  const all = new Float32Array(rows.length * each);
  for (const [row, { sample }] of rows.entries())
    all.set(values.subarray(sample * each, (sample + 1) * each), row * each);
  return all;
}
