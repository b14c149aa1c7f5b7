/**
 * What the service computes for somebody: one thing at a time, because two would take each other's memory.
 */
export type Work =
  /** A training. */
  | { readonly kind: 'run'; readonly name: string }
  /** Class images, or pictures of the Try it page. */
  | { readonly kind: 'classes' | 'drawing' };

export type WorkKind = Work['kind'];

export const isSameWork = (one: Work | undefined, other: Work | undefined): boolean =>
  one?.kind === other?.kind && nameOf(one) === nameOf(other);

const nameOf = (work: Work | undefined): string | undefined => (work?.kind === 'run' ? work.name : undefined);
