/**
 * Every code that a `UserError` can carry, one line each, sorted. A test checks that each is raised somewhere and that
 * a test reads its sentence.
 */
export const ERROR_CODES = [
  'data/bucket-range',
  'data/bucket-step',
  'data/resolution',
  'file/is-folder',
  'file/missing',
  'file/no-space',
  'file/unreadable',
  'file/unwritable',
  'job/conflict',
  'job/missing-key',
  'job/not-supported',
  'job/out-of-range',
  'job/syntax',
  'job/unknown-key',
  'job/wrong-type',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];
