/**
 * What scans say, put together and compared: the quick one that lists pictures, and the one that looks into them.
 */
import type { DatasetScan, Problem } from '../../trainer/api/rpc/index.ts';

/** The scan with more findings about its pictures; of pictures that it does not have nothing is said. */
export function withFindings(scan: DatasetScan, more: readonly Problem[]): DatasetScan {
  const findings = [...scan.findings];
  const added = new Map<string, number[]>(scan.images.map(({ path }) => [path, []]));
  for (const found of more) {
    const those = added.get(found.where ?? '');
    if (those !== undefined) those.push(findings.push(found) - 1);
  }
  if (findings.length === scan.findings.length) return scan;
  const images = scan.images.map((image) => ({
    ...image,
    findings: [...image.findings, ...(added.get(image.path) ?? [])],
  }));
  return { ...scan, images, findings };
}

/** Pictures and findings as text to compare: a caption that merely says something else changes neither. */
export const filesIn = ({ images, leftOut, findings }: DatasetScan): string =>
  JSON.stringify([
    images.map(({ path }) => path),
    leftOut,
    findings.map(({ code, what, where }) => [code, what, where]),
  ]);
