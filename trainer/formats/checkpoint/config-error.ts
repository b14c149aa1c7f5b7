/**
 * A checkpoint whose networks cannot be built: an option or a size that is not of the three families.
 */
import { UserError } from '../../base/errors.ts';

export const configError = (file: string, reason: string): UserError =>
  new UserError({
    code: 'checkpoint/config',
    what: `This is not a network of SD 1.x, SD 2.x or SDXL: ${reason}`,
    where: file,
    fix: 'Choose a base model of one of these families, complete and unmodified.',
  });
