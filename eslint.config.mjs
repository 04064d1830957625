import tseslint from 'typescript-eslint';

/** Keys spread from a literal escape the check for misspelled options: write them out. */
const spreadLiterals = [
  {
    selector: 'ObjectExpression > SpreadElement > ObjectExpression',
    message: 'Write the properties into the object itself.',
  },
  {
    selector: 'SpreadElement > ArrayExpression',
    message: 'Write the elements into the list itself.',
  },
];

export default tseslint.config(
  {
    ignores: [
      'node_modules/',
      '.venv/',
      '.venv-bench/',
      '.venv-site/',
      '.site/',
      'site/',
      '.cache/',
      '.native/',
      '.native.tmp/',
      'data/',
      'coverage/',
      '**/*.cjs',
    ],
  },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.recommended],
    languageOptions: {
      parserOptions: { project: ['./tsconfig.json', './scripts/site/browser/tsconfig.json'] },
    },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/no-require-imports': 'off',
      eqeqeq: 'error',
      'no-restricted-syntax': ['error', ...spreadLiterals],
    },
  },
  {
    files: ['**/*.mjs'],
    rules: {
      eqeqeq: 'error',
      'no-unused-vars': 'error',
      'no-restricted-syntax': ['error', ...spreadLiterals],
    },
  },
);
