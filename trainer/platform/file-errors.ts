/**
 * Turns the system's file errors into sentences that say what to do.
 */
import type { ErrorCode } from '../base/error-codes.ts';
import { UserError } from '../base/errors.ts';

export type FileAction = 'read' | 'write';

interface Explanation {
  readonly code: ErrorCode;
  readonly what: string;
  readonly fix: string;
}

/**
 * The error as a UserError about `path`; anything that is no system error (a bug, an error of whoever made the bytes)
 * comes back as it is.
 */
export function fileError(error: unknown, action: FileAction, path: string): unknown {
  const code = systemCode(error);
  if (code === undefined) return error;
  const explanation = explain(code, action);
  return new UserError({ ...explanation, where: path, details: { system: code, action } }, { cause: error });
}

/** "ENOENT", "EACCES", ...: what Node puts into `code` of an error of the system. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  return /^(E[A-Z0-9]+|ERR_FS_[A-Z_]+)$/.test(error.code) ? error.code : undefined;
}

function explain(code: string, action: FileAction): Explanation {
  const failed: ErrorCode = action === 'read' ? 'file/unreadable' : 'file/unwritable';
  const cannot = `The file cannot be ${action === 'read' ? 'read' : 'written'}`;
  switch (code) {
    case 'ENOENT':
      return action === 'read'
        ? {
            code: 'file/missing',
            what: 'There is no such file or folder',
            fix: 'Check the path: capital letters count, and a relative path starts at the folder you are in.',
          }
        : {
            code: 'file/missing',
            what: 'The folder to write into does not exist',
            fix: 'Make the folder, or choose another one.',
          };
    case 'ENOSPC':
    case 'EDQUOT':
      return {
        code: 'file/no-space',
        what: code === 'ENOSPC' ? 'The disk is full' : 'Your share of the disk is used up',
        fix: 'Free some space or choose a folder on another disk, then start again. What was there before is untouched.',
      };
    case 'EISDIR':
      return {
        code: 'file/is-folder',
        what: 'A file is needed here, but this is a folder',
        fix: action === 'read' ? 'Give the path of a file inside it.' : 'Choose another name, or move the folder away.',
      };
    case 'ENOTDIR':
    case 'EEXIST':
      return {
        code: failed,
        what: `${cannot}: a part of its path is a file, not a folder`,
        fix: 'Correct the path, or move that file away.',
      };
    case 'EACCES':
    case 'EPERM':
      return {
        code: failed,
        what: `${cannot}: the system does not permit it`,
        fix:
          action === 'read'
            ? 'Give yourself permission to read it, or copy it into a folder of your own.'
            : 'Choose a folder of your own, or give yourself permission to write there. Close programs that have the file open.',
      };
    case 'EROFS':
      return {
        code: failed,
        what: `${cannot}: the disk is read-only`,
        fix: 'Choose a folder on a disk that can be written to.',
      };
    case 'ENAMETOOLONG':
      return { code: failed, what: `${cannot}: its name is too long`, fix: 'Choose a shorter name or folder.' };
    case 'EBUSY':
    case 'ETXTBSY':
      return { code: failed, what: `${cannot}: another program uses it`, fix: 'Close that program and try again.' };
    case 'EMFILE':
    case 'ENFILE':
      return {
        code: failed,
        what: `${cannot}: too many files are open`,
        fix: 'Close other programs, or raise the limit of open files (ulimit -n).',
      };
    case 'ERR_FS_FILE_TOO_LARGE':
      return {
        code: failed,
        what: `${cannot}: it is larger than 2 GiB`,
        fix: 'Check that the path is right: nothing that is read in one piece is so large.',
      };
    default:
      return {
        code: failed,
        what: `${cannot} (the system says ${code})`,
        fix: 'Check that the disk is connected and healthy, then try again.',
      };
  }
}
