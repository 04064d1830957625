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

/**
 * The rooms of lib from the ground up: each imports only those before it, and through their doors. Core and
 * graph have none: their files are imported one by one.
 */
const ROOMS = [
  'graph',
  'core',
  'language',
  'run-sizes',
  'compile',
  'backend',
  'display',
  'tokenizer',
  'data',
  'nn',
  'attention',
  'model',
  'decoding',
  'weights',
  'writing',
  'training',
  'lora',
  'classification',
  'instruction',
  'exercises',
  'chat',
];
/** They run in a browser too. */
const WITHOUT_NODE = ['tokenizer', 'nn', 'attention', 'model', 'decoding'];

const floors = ROOMS.flatMap((room, i) => {
  const above = ROOMS.slice(i + 1).join('|');
  /** @param up what leads from the files to lib, as a regular expression */
  const restricted = (files, up) => ({
    files,
    ignores: ['**/*.test.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            ...(above
              ? [
                  {
                    regex: `^${up}(${above})(/|$)`,
                    message: `lib/${room} is below it: see ROOMS in eslint.config.mjs.`,
                  },
                ]
              : []),
            {
              regex: `^${up}(?!core/|graph/|${room}/)(${ROOMS.join('|')})/`,
              message: 'Import from the room itself, not from its inside.',
            },
            { regex: '/scripts/', message: 'lib knows nothing of the scripts.' },
            ...(WITHOUT_NODE.includes(room)
              ? [{ regex: '^node:', message: `lib/${room} runs in a browser too.` }]
              : []),
          ],
        },
      ],
    },
  });
  return [
    restricted([`lib/${room}.ts`], '\\./'),
    restricted([`lib/${room}/**/*.ts`], '(?:\\.\\./)+'),
  ];
});

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
    ],
  },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: { project: ['./tsconfig.json', './scripts/site/browser/tsconfig.json'] },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': [
        'error',
        // `typeof import('openai')` types what is loaded when it is needed.
        { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false },
      ],
      // JSON, tfjs's private API and tables of unknown values are read piece by piece.
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-base-to-string': 'off',
      // Methods are taken from tslab and tfjs to be called on them later.
      '@typescript-eslint/unbound-method': 'off',
      // tslab's compiler needs some assertions that today's infers.
      '@typescript-eslint/no-unnecessary-type-assertion': 'off',
      // Where a callback has to return a promise.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-require-imports': 'off',
      // For what tslab's compiler reports and today's does not.
      '@typescript-eslint/ban-ts-comment': ['error', { 'ts-ignore': 'allow-with-description' }],
      eqeqeq: 'error',
      'no-restricted-syntax': ['error', ...spreadLiterals],
    },
  },
  ...floors,
  {
    files: ['**/*.mjs', '**/*.cjs'],
    rules: {
      eqeqeq: 'error',
      'no-unused-vars': 'error',
      'prefer-const': 'error',
      'no-restricted-syntax': ['error', ...spreadLiterals],
    },
  },
);
