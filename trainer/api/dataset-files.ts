/**
 * Which files belong to a dataset, and how its folders are named: what the trainer reads, a window takes and a server
 * receives.
 */

/** What Kohya's GUI offers as extension. */
export const CAPTION_EXTENSIONS = ['.txt', '.caption', '.cap'] as const;

/** sd-scripts' list. It takes jxl too where that can be decoded; here it can not. */
export const PICTURE_EXTENSIONS = ['.png', '.jpg', '.jpeg', '.webp', '.bmp', '.avif'] as const;

/** Bytes of one file that a browser sends. */
export const LARGEST_SENT_FILE = 256 * 2 ** 20;

/** Folders between the dataset and a file that is sent: "img" and "10_sks cat". */
export const DEEPEST_SENT_FILE = 2;

export const extensionOf = (name: string): string => /\.[^.]+$/.exec(name)?.[0].toLowerCase() ?? '';

const isOneOf = (extensions: readonly string[], name: string): boolean => extensions.includes(extensionOf(name));

/** What the operating system hides, macOS' "._cat.png" among it, is never a picture. */
export const isHidden = (name: string): boolean => name.startsWith('.');

export const isPictureName = (name: string): boolean => isOneOf(PICTURE_EXTENSIONS, name) && !isHidden(name);
export const isCaptionName = (name: string): boolean => isOneOf(CAPTION_EXTENSIONS, name) && !isHidden(name);

export interface FolderName {
  readonly repeats: number;
  readonly classTokens: string;
}

/** "40_sks dog" is 40 and "sks dog"; `undefined` if what stands before the first underscore is no whole number. */
export function parseFolderName(name: string): FolderName | undefined {
  const [first = '', ...rest] = name.split('_');
  return /^\s*[+-]?\d+\s*$/.test(first) ? { repeats: Number(first), classTokens: rest.join('_') } : undefined;
}
