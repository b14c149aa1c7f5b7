/**
 * Captions that are used as they stand in their file.
 */
import type { CaptionOptions } from '../../trainer/data/captions.ts';

export const PLAIN_CAPTIONS: CaptionOptions = {
  prefix: '',
  suffix: '',
  dropoutRate: 0,
  dropoutEveryEpochs: 0,
  wildcards: false,
  shuffle: false,
  keepTokens: 0,
  keepTokensSeparator: '',
  separator: ',',
  secondarySeparator: '',
  tagDropoutRate: 0,
  tokenWarmupMinimum: 1,
  tokenWarmupSteps: 0,
};
