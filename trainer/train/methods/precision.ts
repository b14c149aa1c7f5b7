/**
 * The number types that save_precision names.
 */
export const BYTES_OF_PRECISION = { float: 4, fp16: 2, bf16: 2 } as const;

export const DTYPE_OF_PRECISION = { float: 'F32', fp16: 'F16', bf16: 'BF16' } as const;
