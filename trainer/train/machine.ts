/**
 * What a run needs from outside: files, pictures, time, the engine, and words to tokens.
 */
import type { Clock, Files, Pictures } from '../base/ports.ts';
import type { Executor } from '../exec/executor.ts';
import type { Sha256 } from '../formats/lora/hashes.ts';
import type { Tokenizer } from '../models/clip/tokenizer.ts';

export interface Machine {
  readonly files: Files;
  readonly pictures: Pictures;
  readonly clock: Clock;
  readonly executor: Executor;
  readonly tokenizer: Tokenizer;
  readonly sha256: Sha256;
  /** Bytes of memory that a run may use, where that is known. */
  readonly memory?: number;
}
