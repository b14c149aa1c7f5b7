/** The reference executor: the meaning of every op, in double precision. */
export type { Doubles } from './doubles.ts';
export { createReferenceExecutor, evaluate } from './executor.ts';
