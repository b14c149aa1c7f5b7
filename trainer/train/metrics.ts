/**
 * The lines of metrics.jsonl, and the running average of the loss.
 */
import type { Files } from '../base/ports.ts';
import { isObject } from '../formats/safetensors/header-json.ts';

/** One optimizer step, as the file has it. */
export interface StepMetrics {
  /** From 1. */
  readonly step: number;
  readonly epoch: number;
  readonly loss: number;
  readonly averageLoss: number;
  readonly lr: Readonly<Record<string, number>>;
  readonly gradNorm: number;
  readonly seconds: number;
  /** scale_weight_norms: modules scaled down, mean and largest norm. */
  readonly scaledNorms?: { readonly scaled: number; readonly mean: number; readonly largest: number };
}

export const appendMetrics = (files: Files, path: string, metrics: StepMetrics): Promise<void> =>
  files.append(path, `${JSON.stringify(metrics)}\n`);

/** Cuts off lines of steps that will be done again, and gives the losses of those that stay. */
export async function takeUpMetrics(files: Files, path: string, stepsDone: number): Promise<readonly number[]> {
  if ((await files.status(path)) === undefined) return [];
  const lines = new TextDecoder().decode(await files.read(path)).split('\n');
  const kept = lines.flatMap((line) => {
    const metrics = parseLine(line);
    return metrics !== undefined && metrics.step <= stepsDone ? [{ line, loss: metrics.loss }] : [];
  });
  if (kept.length === 0) await files.remove(path);
  else await files.write(path, new TextEncoder().encode(kept.map(({ line }) => `${line}\n`).join('')));
  return kept.map(({ loss }) => loss);
}

/** A crash may leave half a line. */
function parseLine(line: string): { readonly step: number; readonly loss: number } | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (!isObject(value)) return undefined;
    const { step, loss } = value;
    return typeof step === 'number' && typeof loss === 'number' ? { step, loss } : undefined;
  } catch {
    return undefined;
  }
}

/** The mean over the last epoch's number of steps, as sd-scripts' avr_loss. */
export function averageOf(losses: readonly number[], stepsPerEpoch: number): number {
  const last = losses.slice(-stepsPerEpoch);
  return last.reduce((sum, loss) => sum + loss, 0) / Math.max(1, last.length);
}
