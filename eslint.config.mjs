import js from '@eslint/js';
import tseslint from 'typescript-eslint';
import { tsImport } from 'tsx/esm/api';

// ESLint loads this file with Node alone, which reads TypeScript from 22.18 on; the project runs from 20.19 on.
const { moduleImportsRule } = await tsImport(
  './scripts/lint/moduleImportsRule.ts',
  import.meta.url,
);
const { platformPathsRule } = await tsImport(
  './scripts/lint/platformPathsRule.ts',
  import.meta.url,
);

export default tseslint.config(
  { ignores: ['dist/', 'out/', 'node_modules/', '.vscode-test/', 'coverage/'] },
  js.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    // Their rules that need types are oxlint's (.oxlintrc.json).
    extends: [tseslint.configs.strict, tseslint.configs.stylistic],
    plugins: {
      asr: {
        rules: { 'module-imports': moduleImportsRule, 'platform-paths': platformPathsRule },
      },
    },
    rules: {
      'asr/module-imports': 'error',
      'asr/platform-paths': 'error',
      'no-console': 'error',
      eqeqeq: 'error',
      'max-lines': ['error', 400],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_' },
      ],
    },
  },
  {
    files: ['test/**/*.{ts,tsx}'],
    rules: {
      'max-lines': 'off',
      'no-console': 'off',
      '@typescript-eslint/no-unused-expressions': 'off',
    },
  },
  {
    // Published as one file, which imports nothing.
    files: ['asr-model-api.d.ts'],
    rules: { 'max-lines': 'off' },
  },
  {
    files: ['**/*.{mjs,cjs}'],
    languageOptions: {
      globals: {
        AbortController: 'readonly',
        AbortSignal: 'readonly',
        Buffer: 'readonly',
        clearTimeout: 'readonly',
        console: 'readonly',
        fetch: 'readonly',
        process: 'readonly',
        setTimeout: 'readonly',
        URL: 'readonly',
      },
    },
  },
);
