/**
 * Every code that a `UserError` can carry, one line each, sorted. A test checks that each is raised somewhere and that
 * a test reads its sentence.
 */
export const ERROR_CODES = ['file/missing', 'file/unreadable', 'file/unwritable'] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];
