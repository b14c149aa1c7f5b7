/**
 * Pictures whose facts are remembered as long as their files do not change: a form checks its dataset again and again.
 */
import type { Files, PictureFacts, Pictures } from '../base/ports.ts';

const MOST = 100_000;

export function rememberFacts(pictures: Pictures, files: Pick<Files, 'status'>): Pictures {
  const known = new Map<string, { readonly mark: string; readonly facts: PictureFacts }>();
  return {
    ...pictures,
    inspect: async (path) => {
      const status = await files.status(path);
      const mark = `${status?.size ?? 0} ${status?.modified ?? 0}`;
      const before = known.get(path);
      if (before?.mark === mark) return before.facts;
      const facts = await pictures.inspect(path);
      if (known.size >= MOST) known.clear();
      known.set(path, { mark, facts });
      return facts;
    },
  };
}
