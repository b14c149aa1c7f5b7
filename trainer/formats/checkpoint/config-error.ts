/**
 * A checkpoint whose networks cannot be built: an option or a size that is not of the three families, or a weight missing
 * that the sizes are read off.
 */
import { UserError } from '../../base/errors.ts';

export const configError = (file: string, reason: string): UserError =>
  new UserError({
    code: 'checkpoint/config',
    what: `This is not a network of SD 1.x, SD 2.x or SDXL: ${reason}`,
    where: file,
    fix: 'Choose a base model of one of these families, complete and unmodified.',
    details: { reason },
  });

export const missingWeight = (file: string, name: string): UserError =>
  new UserError({
    code: 'checkpoint/weights',
    what: `The weights are not complete: "${name}" is missing or empty`,
    where: file,
    fix: 'Get the complete file, or another version of the model.',
    details: { missing: [name] },
  });
