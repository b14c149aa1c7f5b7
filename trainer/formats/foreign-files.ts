/**
 * Names what a file is when it cannot be safetensors: a pickle, a web page saved by a failed download, a Git LFS
 * pointer, another model format. Looks at the first bytes only and never executes anything.
 */
import { UserError, type ErrorReport } from '../base/errors.ts';

/** How many bytes of the start are enough to tell. */
export const SNIFF_BYTES = 512;

type Finding = Pick<ErrorReport, 'code' | 'what' | 'fix'>;

const PICKLE: Finding = {
  code: 'file/pickle',
  what: 'This is a pickle file (.ckpt, .pt, .bin), which can run any program hidden in it, so it is never opened',
  fix: 'Get the .safetensors version of the model, or convert it with a tool that you trust (A1111 and ComfyUI can save one).',
};

const WEB_PAGE: Finding = {
  code: 'file/web-page',
  what: 'This is a web page or an error message saved as a file, not a model: the download failed',
  fix: 'Download it again in a browser where you are logged in, and check that the size is what the site says.',
};

const LFS_POINTER: Finding = {
  code: 'file/lfs-pointer',
  what: 'This is a Git LFS pointer: a few lines of text in place of the real file',
  fix: 'Run "git lfs pull" in the folder, or download the file itself from the web site.',
};

const otherFormat = (name: string): Finding => ({
  code: 'file/other-format',
  what: `This is ${name}, not a .safetensors file`,
  fix: 'Choose a Stable Diffusion model or a LoRA that ends in .safetensors.',
});

const EMPTY: Finding = {
  code: 'file/empty',
  what: 'The file is empty',
  fix: 'Download or copy it again, and check that the disk is not full.',
};

const startsWith = (bytes: Uint8Array, magic: readonly number[]): boolean =>
  magic.every((byte, index) => bytes[index] === byte);

const ascii = (text: string): number[] => [...text].map((character) => character.charCodeAt(0));

const MAGICS: readonly (readonly [readonly number[], Finding])[] = [
  [ascii('PK\x03\x04'), PICKLE],
  [ascii('GGUF'), otherFormat('a GGUF file (a quantised model)')],
  [ascii('ggml'), otherFormat('a GGML file (a quantised model)')],
  [[0x89, ...ascii('HDF')], otherFormat('an HDF5 file (Keras)')],
  [[0x89, ...ascii('PNG')], otherFormat('a PNG picture')],
  [[0xff, 0xd8, 0xff], otherFormat('a JPEG picture')],
  [ascii('RIFF'), otherFormat('a WebP picture or a sound file')],
  [ascii('7z\xbc\xaf\x27\x1c'), otherFormat('a 7z archive')],
  [ascii('Rar!'), otherFormat('a RAR archive')],
  [[0x1f, 0x8b], otherFormat('a gzip archive')],
];

/**
 * A pickle of protocol 2 to 5 opens with byte 0x80 and its number; older ones (and a bare dict or list) with an opcode
 * and end in a full stop, which the start of a file cannot show.
 */
const isPickle = (bytes: Uint8Array): boolean => bytes[0] === 0x80 && (bytes[1] ?? 0) >= 2 && (bytes[1] ?? 0) <= 5;

/** The error for a file that cannot be safetensors, or `undefined` if its first bytes say nothing. */
export function foreignFile(path: string, start: Uint8Array): UserError | undefined {
  const finding = find(path, start);
  return finding === undefined ? undefined : new UserError({ ...finding, where: path });
}

function find(path: string, start: Uint8Array): Finding | undefined {
  if (start.length === 0) return EMPTY;
  for (const [magic, finding] of MAGICS) if (startsWith(start, magic)) return finding;
  if (isPickle(start)) return PICKLE;
  const text = new TextDecoder('latin1').decode(start).trimStart().toLowerCase();
  if (text.startsWith('version https://git-lfs')) return LFS_POINTER;
  if (
    /^(<!doctype|<html|<\?xml|<head|\{\s*"(error|message|detail)|entry not found|invalid username|access to |unauthorized|forbidden|not found)/.test(
      text,
    )
  ) {
    return WEB_PAGE;
  }
  return /\.(ckpt|pt|pth|bin|pkl)$/i.test(path) ? PICKLE : undefined;
}
