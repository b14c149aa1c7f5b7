/**
 * ONNX Runtime's failures in the user's words.
 */
import { InternalError, UserError } from '../../base/errors.ts';

/** Turns what ONNX Runtime threw into a `UserError` where the user can do something, else into a report for us. */
export function engineError(cause: unknown, provider: string): Error {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (/alloc|out of memory|bad_alloc|not enough memory/i.test(message)) {
    return new UserError(
      {
        code: 'engine/out-of-memory',
        what: `The ${provider} engine ran out of memory`,
        fix: 'Turn on gradient_checkpointing, lower train_batch_size or resolution, or close other programs.',
        details: { provider, message },
      },
      { cause },
    );
  }
  if (
    /Failed to get a WebGPU adapter|no adapter|CUDA.*(not|fail)|Failed to load library|backend not found|not.*available|Removing requested execution provider/i.test(
      message,
    )
  ) {
    return new UserError(
      {
        code: 'engine/no-device',
        what: `The ${provider} engine finds no device it can use here`,
        fix: 'Update the graphics driver, or train with engine = "cpu". `lora-loom engines` lists what works on this machine.',
        details: { provider, message },
      },
      { cause },
    );
  }
  return new InternalError(`ONNX Runtime (${provider}): ${message}`, { cause });
}
