// Which TensorFlow this machine gets, and how tfjs-node's binding is compiled against it.
// Plain Node: part of set-up, which runs before any package is there.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

/** A problem the person at the screen can act on: printed as one line, exit code 1. */
export class SetupError extends Error {}

export const TENSORFLOW_VERSION = '2.21.0';
/** Runs `npm ci` where the npm that is there cannot, and from a kit. */
export const NPM_VERSION = '11.19.1';
/** Of that npm's archive, as the registry publishes it. */
export const NPM_INTEGRITY =
  'sha512-ztsxKxt/kkIaAs+2i0GU6I+DRmUdrNasxTZKJe9TCdSjKxlhah/4r/hl5ygMD6XAg1qZ9c2TNomR4qgOydp10g==';
/** The highest Node-API version that tfjs-node's sources know; Node 20 to 26 all have it. */
export const NAPI_VERSION = 8;

const WASM_COST = 'training is 5 to 30 times slower';

/**
 * The packages that a file in this folder pins, as `{ pin, marker, line }`: `name==version`, on which
 * Pythons and systems, and the line for pip that demands its hashes.
 */
export function pinned(file) {
  const text = fs.readFileSync(new URL(file, import.meta.url), 'utf8').replace(/^#.*\n/gm, '');
  return text
    .replaceAll(/ *\\\n */g, ' ')
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [, pin, , marker, hashes] =
        /^(\S+==\S+)( ; (.+?))?((?: --hash=\S+)+)$/.exec(line) ?? [];
      if (!pin) throw new Error(`${file} has a package without version or hash: ${line}`);
      return { pin, marker, line: pin + hashes };
    });
}

const cudaPackages = () =>
  pinned('tensorflow.txt')
    .map(({ pin }) => pin)
    .filter((pin) => pin.startsWith('nvidia-'));

const works = (command, args) => spawnSync(command, args, { stdio: 'ignore' }).status === 0;

/** The wheel with TensorFlow's libraries for `linux-x64` and so on; undefined where there is none. */
export function tensorflowWheel(platform, arch, gpu = false) {
  const there = { linux: ['x64', 'arm64'], darwin: ['arm64'] }[platform];
  if (!there?.includes(arch)) return undefined;
  const name = platform === 'linux' && arch === 'x64' && !gpu ? 'tensorflow-cpu' : 'tensorflow';
  return `${name}==${TENSORFLOW_VERSION}`;
}

/**
 * Decides what computes on this machine.
 * @param options.cuda whether CUDA's packages, some 3 GB, may be fetched for an NVIDIA card
 * @returns `{wheel, cuda, compiler, napi, compileArgs}` for native TensorFlow, or `{note}` that
 *   says why WebAssembly is used instead and what that costs.
 */
export function nativePlan({
  platform = process.platform,
  arch = process.arch,
  env = process.env,
  cuda = true,
} = {}) {
  const wanted = env.GPT_BACKEND;
  if (wanted === 'wasm' || wanted === 'cpu')
    return { note: `GPT_BACKEND=${wanted}: native TensorFlow is not set up.` };
  const wasm = (why) => {
    if (wanted === 'tensorflow')
      return { note: `GPT_BACKEND=tensorflow cannot be had here: ${why}.` };
    return { note: `${why}: the notebooks will run on WebAssembly (${WASM_COST}).` };
  };
  if (platform === 'darwin' && arch !== 'arm64')
    return wasm('TensorFlow has no wheel for Macs with Intel processors');
  if (!tensorflowWheel(platform, arch))
    return wasm(`TensorFlow has no wheel for ${platform} ${arch}`);
  const compiler = [env.CXX, 'c++', 'g++', 'clang++']
    .filter(Boolean)
    .find((name) => works(name, ['--version']));
  if (!compiler) {
    const how =
      platform === 'darwin' ? 'xcode-select --install' : 'on Debian or Ubuntu: apt-get install g++';
    return wasm(`No C++ compiler was found (${how}, then run npm start)`);
  }
  const gpu = cuda && platform === 'linux' && works('nvidia-smi', ['-L']);
  return {
    wheel: tensorflowWheel(platform, arch, gpu),
    cuda: gpu ? cudaPackages() : undefined,
    note: undefined,
    compiler,
    compileArgs: (folder) => compileArgs(folder, platform),
  };
}

/** Paths are relative to the project's root, so that the folder may be moved. */
function compileArgs(folder, platform) {
  const source = 'node_modules/@tensorflow/tfjs-node-gpu/binding';
  const tensorflow = path.join(folder, 'site', 'tensorflow');
  // The binding is loaded from node_modules/@tensorflow/tfjs-node-gpu/lib/napi-v8.
  const up = '../../../../../.native/site/tensorflow';
  const link =
    platform === 'darwin'
      ? [
          '-undefined',
          'dynamic_lookup',
          `-Wl,-rpath,@loader_path/${up}`,
          '-ltensorflow_cc.2',
          '-ltensorflow_framework.2',
        ]
      : [`-Wl,-rpath,$ORIGIN/${up}`, '-l:libtensorflow_cc.so.2', '-l:libtensorflow_framework.so.2'];
  return [
    '-O2',
    '-std=c++17',
    '-fPIC',
    '-shared',
    '-w',
    `-DNAPI_VERSION=${NAPI_VERSION}`,
    '-Inode_modules/node-api-headers/include',
    `-I${path.join(tensorflow, 'include')}`,
    `${source}/tfjs_backend.cc`,
    `${source}/tfjs_binding.cc`,
    `-L${tensorflow}`,
    ...link,
    '-o',
    path.join(folder, 'tfjs_binding.node'),
  ];
}
