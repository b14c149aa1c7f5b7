/**
 * What was once learned of a file, remembered as long as the file does not change: a form checks its dataset again and again.
 */
import type { Files } from '../base/ports.ts';

const MOST = 100_000;

/** Who asks while the answer is being worked out waits for the same one. */
export function rememberByFile<Rest extends readonly number[], T>(
  files: Pick<Files, 'status'>,
  work: (path: string, ...rest: Rest) => Promise<T>,
): (path: string, ...rest: Rest) => Promise<T> {
  const known = new Map<string, { readonly mark: string; readonly answer: Promise<T> }>();
  return async (path, ...rest) => {
    const status = await files.status(path);
    const mark = `${status?.size ?? 0} ${status?.modified ?? 0}`;
    const key = [...rest, path].join(' ');
    const before = known.get(key);
    if (before?.mark === mark) return before.answer;
    if (known.size >= MOST) known.clear();
    const entry = { mark, answer: work(path, ...rest) };
    known.set(key, entry);
    // A disk may be back the next time.
    entry.answer.catch(() => known.get(key) === entry && known.delete(key));
    return entry.answer;
  };
}
