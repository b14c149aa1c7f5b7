/**
 * The clipboard. Browsers give it to pages of this computer and of https addresses alone, and may ask first.
 */
import { UserError } from '../../trainer/base/errors.ts';
import { connectionText } from '../text/connection.ts';

/** @throws {UserError} window/no-clipboard */
export async function copyText(
  text: string,
  clipboard: Pick<Clipboard, 'writeText'> | undefined = navigator.clipboard,
): Promise<void> {
  try {
    if (clipboard === undefined) throw new Error('not a secure context');
    await clipboard.writeText(text);
  } catch (error) {
    throw new UserError({ code: 'window/no-clipboard', ...connectionText.noClipboard }, { cause: error });
  }
}
