/**
 * Lint rules. `tsc` checks types, prettier checks layout, test/architecture checks who imports whom; this file holds
 * what is left: no `any`, no default exports, no promise that nobody waits for.
 */
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const namedExportsOnly = [
  'error',
  { selector: 'ExportDefaultDeclaration', message: 'Export by name, so that a name can be searched for.' },
];

export default defineConfig(
  globalIgnores(['dist/', '.cache/', 'runs/', 'node_modules/']),
  {
    linterOptions: { reportUnusedDisableDirectives: 'error', noInlineConfig: true },
  },
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.strict],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: 'error',
      'no-restricted-syntax': namedExportsOnly,
      'prefer-const': 'error',
      'prefer-promise-reject-errors': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-unnecessary-type-assertion': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    // The tool that reads it asks for a default export.
    files: ['**/*.config.ts', '*.config.js'],
    rules: { 'no-restricted-syntax': 'off' },
  },
);
