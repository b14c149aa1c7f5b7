/**
 * The level table of docs/architecture.md as data. Do not relax it to make a change pass: move the code instead.
 */

/** A module imports only from modules of a lower level, and from itself. */
export const LEVELS: Readonly<Record<string, number>> = {
  base: 0,
  api: 1,
  graph: 1,
  formats: 1,
  exec: 2,
  nn: 2,
  diffusion: 2,
  optim: 2,
  data: 2,
  metrics: 2,
  models: 3,
  lora: 3,
  train: 4,
  platform: 5,
  rpc: 5,
  server: 5,
  worker: 6,
  cli: 6,
};

/** From this level on code may meet Node, native packages, the clock and chance. */
export const PLATFORM_LEVEL = 5;

/** Packages that modules below the platform level may import: pure JavaScript, no I/O, each with its reason. */
export const PURE_PACKAGES: Readonly<Record<string, { readonly modules: readonly string[]; readonly reason: string }>> =
  {
    zod: { modules: ['api'], reason: 'schemas of what enters from outside' },
    'protobufjs/light.js': { modules: ['exec'], reason: 'writes ONNX files' },
    'smol-toml': { modules: ['api', 'data', 'diffusion', 'train'], reason: 'reads and writes job and prompt files' },
  };

/** Packages of which a module may import types alone, because the values come in as parameters. */
export const TYPES_ONLY: Readonly<Record<string, readonly string[]>> = {
  'onnxruntime-common': ['exec'],
};

/** What code below the platform level must not name, and where it comes from instead. */
export const FORBIDDEN_NAMES: Readonly<Record<string, string>> = {
  'Math.random': 'take an Rng (trainer/base/rng.ts) as a parameter',
  'Date.now': 'take a Clock (trainer/base/ports.ts) as a parameter',
  'new Date': 'take a Clock (trainer/base/ports.ts) as a parameter',
  performance: 'take a Clock (trainer/base/ports.ts) as a parameter',
  process: 'read it in trainer/platform or trainer/cli and pass it as a parameter',
  Buffer: 'use Uint8Array, DataView, TextEncoder and TextDecoder',
  setTimeout: 'leave waiting to the caller',
  setInterval: 'leave waiting to the caller',
  fetch: 'LoRA Loom never speaks to other computers',
};

export const LONGEST_FILE = 500;

/** Files that may be longer, because they are tables or lists that gain nothing from being cut. */
export const LONG_TABLES: Readonly<Record<string, string>> = {};

/** Words that say nothing about what is inside. */
export const EMPTY_WORDS: readonly string[] = ['util', 'utils', 'helper', 'helpers', 'common', 'misc', 'manager'];
