/** Builds the stage into .cache/stage. */
import react from '@vitejs/plugin-react';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './',
  publicDir: fileURLToPath(new URL('../../../assets/sample-dataset', import.meta.url)),
  plugins: [react()],
  build: {
    outDir: fileURLToPath(new URL('../../../.cache/stage', import.meta.url)),
    emptyOutDir: true,
    minify: false,
    target: 'chrome130',
    chunkSizeWarningLimit: 4000,
  },
});
