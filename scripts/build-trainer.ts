/**
 * Bundles the trainer for plain Node: `dist/lora-loom.js`, one file beside the native packages, which stay outside.
 */
import { chmod } from 'node:fs/promises';
import { build } from 'esbuild';

const OUTPUT = 'dist/lora-loom.js';

await build({
  entryPoints: ['trainer/cli/main.ts'],
  outfile: OUTPUT,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  external: ['onnxruntime-node', 'sharp'],
  // Some of the bundled packages are CommonJS and ask for Node's modules by `require`.
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  sourcemap: 'linked',
  logLevel: 'warning',
});
await chmod(OUTPUT, 0o755);
