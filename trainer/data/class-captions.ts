/**
 * Captions of a class, made of captions of one subject of it.
 */

export interface ClassWords {
  /** "dog" */
  readonly classPrompt: string;
  /** "sks dog" */
  readonly triggerWords?: string | undefined;
}

/** The caption with the class in the place of the subject, in any case of letters; the class alone where it names no subject. */
export function classCaption(caption: string, { classPrompt, triggerWords }: ClassWords): string {
  const words = triggerWords?.trim() ?? '';
  if (words === '') return classPrompt;
  const literal = words.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll(/\s+/g, String.raw`\s+`);
  const pattern = new RegExp(String.raw`(?<![\p{L}\p{N}])${literal}(?![\p{L}\p{N}])`, 'giu');
  return caption.search(pattern) < 0 ? classPrompt : caption.replaceAll(pattern, () => classPrompt);
}
