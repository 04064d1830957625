// Compiles lib/writing/native, the operations that a model writes with: a module for each level of
// processors, because what is compiled here may run on another machine, from an image or a shared
// folder. Plain Node: part of set-up.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { NAPI_VERSION } from './platform.mjs';

const SOURCES = path.join('lib', 'writing', 'native');
const FOLDER = path.join('.native', 'writing');

const AVX512 = '-mavx512f -mavx512bw -mavx512vl -mavx512dq -mavx512cd -mfma -mbmi -mbmi2';

/** The instructions that a module may use, by the names that processor.cc gives out. */
const LEVELS = {
  x64: {
    'x86-64-v2': ['-msse4.2', '-mpopcnt'],
    'x86-64-v3': ['-mavx2', '-mfma', '-mbmi', '-mbmi2'],
    'x86-64-v4': AVX512.split(' '),
  },
  arm64: { arm64: [] },
};

/** The arguments of the compiler for each module, by its name. */
function modules(folder, platform, arch) {
  const common = [
    '-std=c++17',
    '-fPIC',
    '-shared',
    '-fvisibility=hidden',
    '-pthread',
    '-w',
    `-DNAPI_VERSION=${NAPI_VERSION}`,
    '-Inode_modules/node-api-headers/include',
    ...(platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : []),
  ];
  const module = (name, source, flags) => [
    ...common,
    ...flags,
    path.join(SOURCES, source),
    '-o',
    path.join(folder, `${name}.node`),
  ];
  const levels = Object.entries(LEVELS[arch] ?? {});
  return {
    processor: module('processor', 'processor.cc', ['-O1']),
    ...Object.fromEntries(
      levels.map(([name, flags]) => [name, module(name, 'ops.cc', ['-O3', ...flags])]),
    ),
  };
}

/**
 * The step of set-up. Where it fails that is said, and models write without these operations.
 *
 * @param root the project's folder
 * @param compiler as `nativePlan` found it
 * @param once,run set-up's own
 */
export async function writingOps({ root, compiler, once, run }) {
  const at = (...parts) => path.join(root, ...parts);
  const sources = fs.readdirSync(at(SOURCES)).sort();
  const version = spawnSync(compiler, ['--version'], { encoding: 'utf8' }).stdout;
  const key = [
    compiler,
    version,
    modules('', process.platform, process.arch),
    ...sources.map((name) => [name, fs.readFileSync(at(SOURCES, name), 'utf8')]),
  ];
  const fresh = `${FOLDER}.tmp`; // made beside and renamed at the end: what worked before works until then
  try {
    await once('operations for writing', at(FOLDER, '.gpt-setup'), key, async () => {
      fs.rmSync(at(fresh), { recursive: true, force: true });
      fs.mkdirSync(at(fresh), { recursive: true });
      const all = modules(fresh, process.platform, process.arch);
      for (const [name, args] of Object.entries(all)) await run(`compile ${name}`, compiler, args);
      fs.rmSync(at(FOLDER), { recursive: true, force: true });
      fs.renameSync(at(fresh), at(FOLDER));
    });
  } catch (error) {
    fs.rmSync(at(fresh), { recursive: true, force: true });
    console.log(`setup: models will write without operations of their own: ${error.message}`);
  }
}
