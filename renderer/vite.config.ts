/**
 * Builds the window into dist/renderer, for the desktop app and for `lora-loom serve` alike. Paths are relative, so that
 * the pages work from app:// and from any address.
 */
import react from '@vitejs/plugin-react';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';

/**
 * Whoever builds the window, it is the window that users get: under any other value React takes its slow development
 * build, and a test runner sets one.
 */
const forUsers: Plugin = {
  name: 'for-users',
  config: (_config, { command }) => {
    if (command === 'build') process.env['NODE_ENV'] = 'production';
  },
};

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './',
  plugins: [forUsers, react()],
  build: {
    outDir: fileURLToPath(new URL('../dist/renderer', import.meta.url)),
    emptyOutDir: true,
    target: 'chrome130',
    // Pictures must be files of their own: the content security policy is plainer for it, and so is the cache.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 2000,
  },
});
