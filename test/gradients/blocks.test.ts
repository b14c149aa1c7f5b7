/**
 * Whole blocks of the networks against central differences, every weight included.
 */
import { test } from 'vitest';
import { BLOCKS, drawBlockFeeds } from '../samples/blocks.ts';
import { checkAgainstDifferences } from './differences.ts';

test.each(BLOCKS)('$title', (sample) => checkAgainstDifferences(sample.build(), drawBlockFeeds(sample)));
