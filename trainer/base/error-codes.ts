/**
 * Every code that a `UserError` can carry, one line each, sorted. A test checks that each is raised somewhere and that
 * a test reads its sentence.
 */
export const ERROR_CODES = [
  'checkpoint/config',
  'checkpoint/folder',
  'checkpoint/kind',
  'checkpoint/weights',
  'data/bucket-range',
  'data/bucket-step',
  'data/resolution',
  'file/empty',
  'file/is-folder',
  'file/lfs-pointer',
  'file/missing',
  'file/no-space',
  'file/other-format',
  'file/pickle',
  'file/unreadable',
  'file/unwritable',
  'file/web-page',
  'job/conflict',
  'job/missing-key',
  'job/not-supported',
  'job/out-of-range',
  'job/syntax',
  'job/unknown-key',
  'job/wrong-type',
  'lora/incomplete',
  'lora/not-a-lora',
  'lora/unsupported',
  'safetensors/dtype',
  'safetensors/header',
  'safetensors/not-safetensors',
  'safetensors/tensor',
  'safetensors/truncated',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];
