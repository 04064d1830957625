// What `knip` looks for in `npm run check`: files, packages and exports that nothing uses.
import { GROUPS } from './scripts/commands/table.mjs';

const commands = Object.values(GROUPS)
  .flat()
  .map(({ file }) => `scripts/${file}`);

export default {
  entry: [
    ...commands,
    'lib/*.ts', // the doors of the rooms: notebooks and readers import what they like
    'lib/fixtures/reference.ts',
    'lib/backend/browser.ts', // stands in for lib/backend.ts in a page
    'lib/graph/generate-op-table.ts',
    'scripts/kernel/kernel.cjs',
    'scripts/setup/{setup,start}.mjs',
    'scripts/notebooks/{plots.mjs,sources.ts}', // run by outputs.py and runner.py
    'scripts/benchmark/{prepare,worker,measures}.ts',
    'scripts/benchmark/peers/onnx.mjs',
    'scripts/site/browser/{site,tokenizer,model}.ts', // bundled for pages
    'lib/chat/page/chat.mjs',
  ],
  project: ['lib/**/*.{ts,mjs}', 'scripts/**/*.{ts,mjs,cjs}'],
  include: ['files', 'dependencies', 'unlisted', 'exports'],
  ignoreExportsUsedInFile: true,
  // tslab brings its compiler; set-up compiles against Node-API's headers.
  ignoreDependencies: ['@tslab/typescript-for-tslab', 'node-api-headers'],
};
