/**
 * The weights of a drawing model in a graph: those of its checkpoint, and where a run trains some of them, those as they
 * are at the moment.
 */
import type { Feeds } from '../../exec/executor.ts';
import type { Builder } from '../../graph/builder.ts';
import { checkpointWeights, type CheckpointWeights } from '../../models/checkpoint-weights.ts';
import { parameterFeeds, type ParameterLayout } from '../../optim/parameters.ts';
import type { DrawingModel } from './model.ts';

/** Weights that are being trained, in the place of the checkpoint's. */
export interface TrainedWeights {
  /** Its entries have the weights' names, with their part in front. */
  readonly layout: ParameterLayout;
  /** f32 [layout.size]; read again at every run. */
  readonly values: Float32Array;
}

export interface ModelWeights extends CheckpointWeights {
  /** The trained weights that the network has asked for, as they are now. */
  readonly feeds: () => Feeds;
}

export function modelWeights(
  g: Builder,
  { checkpoint, trained }: Pick<DrawingModel, 'checkpoint' | 'trained'>,
): ModelWeights {
  if (trained === undefined) return { ...checkpointWeights(g, checkpoint), feeds: () => ({}) };
  const { layout, values } = trained;
  const names = new Set(layout.entries.map(({ name }) => name));
  const weights = checkpointWeights(g, checkpoint, { trained: (name) => names.has(name) });
  return { ...weights, feeds: () => parameterFeeds(layout, values, weights.parameters) };
}
