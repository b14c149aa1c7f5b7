/**
 * What the service needs of the computer. `trainer/platform` has it; whoever starts a service hands it over.
 */
import type { Job } from '../api/job/index.ts';
import type { Clock, Files, Pictures } from '../base/ports.ts';
import type { MeasureBlur } from '../data/blur.ts';
import type { Sha256 } from '../formats/lora/hashes.ts';
import type { Tokenizer } from '../models/clip/tokenizer.ts';

export interface ServiceMachine {
  readonly files: Files;
  readonly pictures: Pictures;
  readonly measureBlur: MeasureBlur;
  readonly clock: Clock;
  readonly loadTokenizer: () => Promise<Tokenizer>;
  /** Program and arguments that start `lora-loom` in a process of its own. */
  readonly self: readonly string[];
  readonly hardware: {
    readonly platform: string;
    readonly processor: string;
    readonly cores: number;
    readonly memory: number;
  };
  /** The user's. */
  readonly home: string;
  /** Settings of the window, and what else must last. */
  readonly configFolder: string;
  /** What can be made again: thumbnails. */
  readonly cacheFolder: string;
  /** Where what has no other place goes: runs of the sample job, datasets that came through the browser, drawings. */
  readonly workFolder: string;
  /** The path of what comes with this copy, such as "bundled:model"; any other path as it is. */
  readonly bundledPath: (path: string) => string;
  /** The other way round. */
  readonly bundledName: (path: string) => string;
  readonly withBundled: (job: Job) => Job;
  readonly sha256: Sha256;
  readonly findAsset: (...parts: readonly string[]) => string | undefined;
  /** Removes half-written files that a process left in a folder. */
  readonly removeParts: (folder: string, pid: number) => Promise<void>;
  /** A picture, small enough for a square of `side` pixels, as WebP. */
  readonly thumbnail: (path: string, side: number) => Promise<Uint8Array>;
}
