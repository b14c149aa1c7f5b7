/**
 * What a scan has to say about a file or folder. A finding never ends a scan.
 */
import type { ErrorCode } from '../base/error-codes.ts';
import type { UserError } from '../base/errors.ts';

/** error: the picture is left out. warning: it is used, but probably not as meant. info: good to know. */
export type Severity = 'error' | 'warning' | 'info';

export const FINDING_SEVERITIES = {
  'captions/cut': 'warning',
  'captions/empty': 'warning',
  'captions/encoding': 'error',
  'captions/missing': 'warning',
  'captions/no-picture': 'warning',
  'captions/other-extension': 'warning',
  'captions/shared': 'warning',
  'captions/too-long': 'error',
  'folders/empty': 'warning',
  'folders/from-name': 'info',
  'folders/loose-images': 'warning',
  'folders/many-repeats': 'warning',
  'folders/nested': 'warning',
  'folders/no-repeats': 'warning',
  'images/alpha': 'info',
  'images/animated': 'warning',
  'images/blurred': 'warning',
  'images/cmyk': 'info',
  'images/cropped': 'warning',
  'images/duplicate': 'warning',
  'images/enlarged': 'warning',
  'images/extension': 'warning',
  'images/mislabelled': 'info',
  'images/rotated': 'info',
  'images/sixteen-bit': 'info',
  'images/too-small': 'error',
} as const satisfies Record<string, Severity>;

export type FindingCode = keyof typeof FINDING_SEVERITIES;

export interface Finding {
  readonly severity: Severity;
  /** The codes of pictures that can not be read are those of the errors that reading them throws. */
  readonly code: FindingCode | ErrorCode;
  readonly path: string;
  /** Without a full stop. */
  readonly sentence: string;
  readonly fix: string;
  /** Settings that mend it, for a button. */
  readonly remedy?: {
    readonly label: string;
    readonly set: Readonly<Record<string, string | number | boolean>>;
  };
}

export function finding(code: FindingCode, path: string, sentence: string, fix: string): Finding {
  return { severity: FINDING_SEVERITIES[code], code, path, sentence, fix };
}

export function findingOfError({ report }: UserError, path: string): Finding {
  return { severity: 'error', code: report.code, path, sentence: report.what, fix: report.fix };
}
