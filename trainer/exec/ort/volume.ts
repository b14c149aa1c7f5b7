/**
 * How a model names the user's weight files: by their path below the root of their volume.
 *
 * ONNX Runtime refuses absolute paths, `..` and links that lead out of the model's folder, and takes any path below
 * `session.model_external_initializers_file_folder_path`; the volume's root makes that any file of the volume.
 */
import { UserError } from '../../base/errors.ts';

const ROOT = /^(?:[A-Za-z]:[\\/]|[\\/]{2}[^\\/]+[\\/][^\\/]+[\\/]|\/)/;

/**
 * The root of the volume on which all files lie: `/`, `C:\`, or `\\server\share\`; undefined where there are no files.
 *
 * @throws {UserError} engine/volumes if they lie on more than one
 */
export function volumeOf(files: readonly string[]): string | undefined {
  // Windows: C:\ and c:\ are one drive, and so are \\Server\Share and \\server\share.
  const roots = new Map(files.map(rootOf).map((root) => [root.replaceAll('/', '\\').toLowerCase(), root]));
  const [first, ...others] = roots.values();
  if (others.length > 0) {
    throw new UserError({
      code: 'engine/volumes',
      what: `The model's files lie on different drives: ${[first, ...others].join(' and ')}`,
      where: files.join(', '),
      fix: 'Copy them to one drive, and choose them there.',
    });
  }
  return first;
}

/** The path below the root, with forward slashes. */
export const locate = (file: string, volume: string): string => file.slice(volume.length).replaceAll('\\', '/');

function rootOf(file: string): string {
  const root = ROOT.exec(file)?.[0];
  if (root === undefined) throw new RangeError(`${file} is not an absolute path`);
  return root;
}
