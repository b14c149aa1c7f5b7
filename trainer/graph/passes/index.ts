/**
 * The passes in the order in which a training step goes through them.
 */
import type { Graph } from '../graph.ts';
import { mergeCommonSubexpressions } from './common-subexpressions.ts';
import { eliminateDeadCode } from './dead-code.ts';
import { foldConstants } from './fold-constants.ts';
import { recompute, type RecomputeDial } from './recompute.ts';

export { eliminateDeadCode, foldConstants, mergeCommonSubexpressions, recompute, type RecomputeDial };

/** A graph as the executors should get it. Without gradients there is nothing to recompute, and the dial has no effect. */
export const optimise = (graph: Graph, dial: RecomputeDial = 'products'): Graph =>
  eliminateDeadCode(recompute(mergeCommonSubexpressions(foldConstants(eliminateDeadCode(graph))), dial));
