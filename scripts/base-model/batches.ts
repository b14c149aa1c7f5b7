/** A few pictures at a time: libvips works while JavaScript blends. */
const AT_ONCE = 4;

/** Calls `work` for every item; results come in the items' order, whichever ends first. */
export async function inBatches<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += AT_ONCE) {
    results.push(...(await Promise.all(items.slice(start, start + AT_ONCE).map(work))));
  }
  return results;
}
