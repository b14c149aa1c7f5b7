/**
 * Builds the desktop shell: the main process as one module, the preload script as one CommonJS file. The pages have a
 * configuration of their own (renderer/vite.config.ts), because browser mode serves them too; `npm run dev` joins them in.
 */
import { defineConfig, type UserConfig } from 'electron-vite';
import pages from './renderer/vite.config.ts';

/** What Electron itself brings; all else is built in. */
const external = ['electron'];

const shell = {
  main: {
    build: {
      outDir: 'dist/electron',
      externalizeDeps: false,
      sourcemap: true,
      rolldownOptions: {
        external,
        input: 'electron/main/index.ts',
        output: { format: 'es', entryFileNames: 'main.js' },
      },
    },
  },
  preload: {
    build: {
      outDir: 'dist/electron',
      emptyOutDir: false,
      externalizeDeps: false,
      rolldownOptions: {
        external,
        input: 'electron/preload/index.ts',
        output: { format: 'cjs', entryFileNames: 'preload.cjs' },
      },
    },
  },
} satisfies UserConfig;

export default defineConfig(({ command }) => (command === 'serve' ? { ...shell, renderer: pages } : shell));
