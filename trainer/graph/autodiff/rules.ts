/**
 * One gradient rule per op. A missing row is a compile error.
 */
import type { OpName } from '../ops.ts';
import { ELEMENTWISE_RULES } from './elementwise.ts';
import { LAYOUT_RULES } from './layout.ts';
import { NORMALISATION_RULES } from './normalisation.ts';
import { POOLING_RULES } from './pooling.ts';
import { PRODUCT_RULES } from './products.ts';
import type { Rules } from './rule.ts';

export const RULES: Rules<OpName> = {
  ...ELEMENTWISE_RULES,
  ...LAYOUT_RULES,
  ...PRODUCT_RULES,
  ...POOLING_RULES,
  ...NORMALISATION_RULES,
};
