/**
 * The name of a new file or folder, from what a person calls something.
 */

/** Without what a file system or a path could take for more than a name. */
export const plainName = (name: string, otherwise: string): string =>
  name.replaceAll(/[^\p{L}\p{N} _-]/gu, '').trim() || otherwise;
