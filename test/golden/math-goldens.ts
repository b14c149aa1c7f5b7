/**
 * Reads the expected numbers in test/golden/math. They were made by the real Python libraries; each file names the
 * versions.
 */
import { readFileSync } from 'node:fs';

const file = (name: string): URL => new URL(`./math/${name}`, import.meta.url);

/** The caller states the shape of the file that it knows. */
export function goldenJson<T>(name: string): T {
  const value: unknown = JSON.parse(readFileSync(file(name), 'utf8'));
  return value as T;
}

/** All f32 tensors of a safetensors file, flat. */
export function goldenTensors(name: string): Map<string, Float32Array> {
  const bytes = readFileSync(file(name));
  const headerLength = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + headerLength)) as Record<
    string,
    { data_offsets: [number, number] }
  >;
  const data = bytes.subarray(8 + headerLength);
  return new Map(
    Object.entries(header)
      .filter(([key]) => key !== '__metadata__')
      .map(
        ([
          key,
          {
            data_offsets: [from, to],
          },
        ]) => [key, new Float32Array(Uint8Array.from(data.subarray(from, to)).buffer)],
      ),
  );
}

/** The largest absolute difference; NaN where the lengths differ. */
export function maxDifference(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (found.length !== expected.length) return NaN;
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs((found[i] ?? NaN) - (expected[i] ?? NaN));
    // NaN must not hide behind a comparison that is false.
    largest = difference <= largest ? largest : difference;
  }
  return largest;
}

export const largestMagnitude = (values: ArrayLike<number>): number =>
  maxDifference(values, new Float32Array(values.length));
