/**
 * The complete lowering table.
 */
import type { OpName } from '../../../graph/ops.ts';
import { ATTENTION } from './attention.ts';
import { ELEMENTWISE } from './elementwise.ts';
import { LAYOUT } from './layout.ts';
import type { LoweringTable } from './lowering.ts';
import { NORMALISATION } from './normalisation.ts';
import { POOLING } from './pooling.ts';
import { PRODUCTS } from './products.ts';

export const LOWERINGS = {
  ...ELEMENTWISE,
  ...LAYOUT,
  ...PRODUCTS,
  ...POOLING,
  ...NORMALISATION,
  ...ATTENTION,
} satisfies LoweringTable<OpName>;
