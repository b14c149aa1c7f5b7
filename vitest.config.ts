/**
 * Three tiers: `unit` mirrors the sources and is quick (`npm run check`); `renderer`
 * is the window in a made-up browser; `whole` takes its time: goldens, gradients,
 * one executor against another, hostile input, the terminal commands.
 */
import { configDefaults, defineConfig } from 'vitest/config';
import { ClosingLine } from './scripts/closing-line-reporter.ts';

const RENDERER = ['test/renderer/**/*.test.{ts,tsx}'];
const UNIT = ['trainer', 'electron/contract', 'electron/main', 'architecture', 'scripts'].map(
  (folder) => `test/${folder}/**/*.test.ts`,
);

export default defineConfig({
  test: {
    environment: 'node',
    pool: 'forks',
    reporters: ['default', new ClosingLine()],
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: UNIT, testTimeout: 60_000, hookTimeout: 60_000 },
      },
      {
        extends: true,
        test: { name: 'renderer', include: RENDERER, environment: 'jsdom', testTimeout: 60_000, hookTimeout: 60_000 },
      },
      {
        extends: true,
        test: {
          name: 'whole',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...UNIT, ...RENDERER],
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
