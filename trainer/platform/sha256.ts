/**
 * SHA-256 of bytes in memory.
 */
import { createHash } from 'node:crypto';

/** Lower-case hex. */
export function sha256(chunks: Iterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for (const chunk of chunks) hash.update(chunk);
  return Promise.resolve(hash.digest('hex'));
}
