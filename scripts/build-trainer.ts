/**
 * Bundles the trainer for plain Node, each beside the native packages, which stay outside: `dist/lora-loom.js`, the command
 * line, and `dist/service.js`, the service that the desktop app starts.
 */
import { chmod } from 'node:fs/promises';
import { build } from 'esbuild';

const COMMAND_LINE = 'dist/lora-loom.js';

for (const [entry, outfile] of [
  ['trainer/cli/main.ts', COMMAND_LINE],
  ['trainer/worker/main.ts', 'dist/service.js'],
] as const) {
  await build({
    entryPoints: [entry],
    outfile,
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
}
await chmod(COMMAND_LINE, 0o755);
