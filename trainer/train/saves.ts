/**
 * When what is trained is saved, what the files are called, and which older ones go.
 *
 * Names and rules are sd-scripts' (library/train_util.py: get_epoch_ckpt_name, get_step_ckpt_name, get_remove_epoch_no,
 * get_remove_step_no), so that tools and habits that know them keep working.
 */
import type { Job } from '../api/job/index.ts';

/** Names are without their extension; a model in the diffusers layout is a folder and has none. */
export const epochName = (name: string, epoch: number): string => `${name}-${String(epoch).padStart(6, '0')}`;

export const stepName = (name: string, step: number): string => `${name}-step${String(step).padStart(8, '0')}`;

type SaveSettings = Pick<
  Job,
  'output_name' | 'save_every_n_epochs' | 'save_every_n_steps' | 'save_last_n_epochs' | 'save_last_n_steps'
>;

/** A moment right after an optimizer step. */
export interface Moment {
  /** Steps done, 1 after the first. */
  readonly step: number;
  /** From 1. */
  readonly epoch: number;
  readonly epochs: number;
  readonly endsEpoch: boolean;
}

export interface SaveOrder {
  readonly write: string;
  /** An older file that this one replaces. It may be gone already. */
  readonly remove?: string;
}

/** The final file, of the plain name, is not among them: it is always written, and takes the place of the last epoch's. */
export function savesAfter(settings: SaveSettings, { step, epoch, epochs, endsEpoch }: Moment): readonly SaveOrder[] {
  const { output_name: name, save_every_n_steps: everySteps, save_every_n_epochs: everyEpochs } = settings;
  const orders: SaveOrder[] = [];
  if (everySteps !== undefined && step % everySteps === 0) {
    const old = oldStep(step, everySteps, settings.save_last_n_steps);
    orders.push({ write: stepName(name, step), ...(old === undefined ? {} : { remove: stepName(name, old) }) });
  }
  if (everyEpochs !== undefined && endsEpoch && epoch % everyEpochs === 0 && epoch < epochs) {
    const old = settings.save_last_n_epochs === undefined ? 0 : epoch - everyEpochs * settings.save_last_n_epochs;
    orders.push({ write: epochName(name, epoch), ...(old <= 0 ? {} : { remove: epochName(name, old) }) });
  }
  return orders;
}

/** save_last_n_steps counts steps, not files: at step 50 of every 10 with the last 30 kept, step 10 goes. */
function oldStep(step: number, every: number, last: number | undefined): number | undefined {
  if (last === undefined) return undefined;
  const before = step - last - 1;
  const old = before - (before % every);
  return old > 0 ? old : undefined;
}
