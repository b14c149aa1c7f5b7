/**
 * Text of somebody else's file as a sentence of ours shows it.
 */

/** The beginning, with a mark where it is cut; control characters, which could take over a terminal, become U+FFFD. */
export function excerpt(text: string, length = 100): string {
  const start = text.slice(0, length).replace(/\p{Cc}/gu, '\ufffd');
  return text.length > length ? `${start}…` : start;
}
