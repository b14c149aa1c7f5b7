/**
 * The bucket options that tests vary.
 */
import type { BucketOptions } from '../../trainer/data/buckets.ts';

/** sd-scripts' defaults, but the maximum of Kohya's GUI. */
export const DEFAULT_BUCKETS: Omit<BucketOptions, 'resolution'> = {
  enabled: true,
  minimum: 256,
  maximum: 2048,
  step: 64,
  noUpscale: false,
};
