// Starts the tslab kernel for Jupyter from the project's root, with some fixes. tslab compiles
// local TypeScript only below its working directory, hence the root; notebooks import './lib/…'.
const fs = require('node:fs');
const path = require('node:path');
const { Worker } = require('node:worker_threads');
// Jupyter says which notebook it is; other editors start the kernel in its folder.
const opened = path.resolve(process.env.JPY_SESSION_NAME ?? '.');
process.chdir(projectAround(process.cwd()));
process.env.TF_CPP_MIN_LOG_LEVEL ??= '2'; // TensorFlow's start-up notices
// Cells answer in the notebook's language, see lib/language.
process.env.GPT_LANG ??= /[\\/]notebooks[\\/]pt(?![^\\/])/.test(opened) ? 'pt' : 'en';

/**
 * The project that the notebook is in: on a shared installation a student's own copy of it, whose
 * lib/ is used then. Elsewhere the project of this file.
 */
function projectAround(folder) {
  // The second place is that of copies made before November 2026.
  const kernels = ['scripts/kernel/kernel.cjs', 'scripts/kernel.cjs'];
  if (kernels.some((name) => fs.existsSync(path.join(folder, name)))) return folder;
  const above = path.dirname(folder);
  return above === folder ? path.resolve(__dirname, '..', '..') : projectAround(above);
}

// 1. Strict types, as in tsconfig.json, and a file that appears beside one in use is taken in.
const typescriptId = require.resolve('@tslab/typescript-for-tslab');
const ts = require(typescriptId);
require.cache[typescriptId].exports = {
  ...ts,
  createWatchCompilerHost: (roots, options, sys, ...rest) =>
    ts.createWatchCompilerHost(roots, { ...options, strict: true }, withTwoTimers(sys), ...rest),
};

/** TypeScript's watcher has a second timer, for new files; tslab's `sys` throws at it. */
function withTwoTimers(sys) {
  const { setTimeout: setOne, clearTimeout: clearOne } = sys;
  const resolutionTimers = new Set();
  sys.setTimeout = (callback, delay, ...rest) => {
    if (callback.name !== 'invalidateResolutionsOfFailedLookup') {
      return setOne(callback, delay, ...rest);
    }
    const timer = setTimeout(callback, delay, ...rest).unref();
    resolutionTimers.add(timer);
    return timer;
  };
  sys.clearTimeout = (timer) => {
    if (resolutionTimers.delete(timer)) clearTimeout(timer);
    else clearOne(timer);
  };
  return sys;
}

const converter = require('tslab/dist/converter');
const { createConverter } = converter;
converter.createConverter = (options) => {
  const made = createConverter(options);
  const emitted = new Map();
  return {
    ...made,
    convert(declarations, cell) {
      const source = spellOutProperties(cell);
      const result = made.convert(declarations, source);
      // 2. tslab evicts only an edited module; its importers would keep the old classes.
      const outputs = result.sideOutputs ?? [];
      const edited = outputs.some((output) => emitted.has(output.path));
      for (const output of outputs) emitted.set(output.path, output);
      if (edited) result.sideOutputs = [...emitted.values()];
      // 3. `for await` at the top level is not recognised as asynchronous.
      if (hasTopLevelForAwait(source)) result.hasToplevelAwait = true;
      return result;
    },
  };
};

/**
 * 4. tslab takes some names of properties for variables of an earlier cell and breaks `{ seed }`
 * and `const { seed: s } = …`. It leaves `{ seed: seed }` and `const { 'seed': s }` alone.
 */
function spellOutProperties(source) {
  if (!source.includes('{')) return source;
  const edits = [];
  const visit = (node) => {
    if (ts.isShorthandPropertyAssignment(node)) {
      edits.push([node.name, `${node.name.text}: ${node.name.text}`]);
    } else if (
      ts.isBindingElement(node) &&
      node.propertyName &&
      ts.isIdentifier(node.propertyName)
    ) {
      edits.push([node.propertyName, `'${node.propertyName.text}'`]);
    }
    ts.forEachChild(node, visit);
  };
  const file = ts.createSourceFile('cell.ts', source, ts.ScriptTarget.ES2022, true);
  visit(file);
  return edits.reduceRight(
    (text, [node, by]) => text.slice(0, node.getStart(file)) + by + text.slice(node.end),
    source,
  );
}

function hasTopLevelForAwait(source) {
  if (!/\bfor\s+await\b/.test(source)) return false;
  const visit = (node) => {
    if (ts.isFunctionLike(node) || ts.isClassLike(node)) return false;
    if (ts.isForOfStatement(node) && node.awaitModifier) return true;
    return ts.forEachChild(node, visit) ?? false;
  };
  return visit(ts.createSourceFile('cell.ts', source, ts.ScriptTarget.ES2022, true));
}

// 5. A learner's error ends at the learner's line, not in tslab's and Node's own frames.
const inside = /^\s+at .*(node:|[\\/]tslab[\\/]|[\\/]scripts[\\/]kernel|processTicksAndRejections)/;
function shorten(value) {
  if (!(value instanceof Error) || typeof value.stack !== 'string') return value;
  try {
    value.stack = value.stack
      .split('\n')
      .filter((line) => !inside.test(line))
      .join('\n');
  } catch {
    // A frozen error keeps its long stack.
  }
  return value;
}
const consoleError = console.error;
console.error = (...values) => consoleError(...values.map(shorten));

// 6. Ports are opened one after the other, the one for outputs first: tslab would answer a request
// before it can, and lose the answer. Outputs go to ZeroMQ's own thread at once and wait there for
// the reader: by default zeromq.js refuses a message while another is under way, and ZeroMQ drops
// one where a thousand wait.
const { JupyterHandlerImpl, ZmqServer } = require('tslab/dist/jupyter');
const { CellOutput, endOutputs, writer } = require('./output.cjs');
const { bindSocket, close } = ZmqServer.prototype;
let bound = Promise.resolve();
ZmqServer.prototype.bindSocket = function (socket, port) {
  if (socket === this.iopub) {
    socket.sendTimeout = 0;
    socket.sendHighWaterMark = 0;
  }
  bound = bound.then(() => bindSocket.call(this, socket, port));
  return bound;
};

// 7. When JupyterLab is killed, its kernels end too, and do not compute on unseen. A thread watches,
// because a cell's loop may let nothing else run in this one.
const watch = `setInterval(() => {
  if (process.ppid !== ${process.ppid}) process.kill(process.pid, 'SIGKILL');
}, 2000)`;
new Worker(watch, { eval: true, stdout: true, stderr: true }).unref();

// 8. What a cell prints goes out in few messages, and what is left of it before the cell's end.
const { handleExecute } = JupyterHandlerImpl.prototype;
JupyterHandlerImpl.prototype.handleExecute = async function (request, writeStream, writeDisplay) {
  const output = new CellOutput(writeStream, writeDisplay);
  const print = (name, text) => output.print(name, text);
  const display = (data, update) => output.display(data, update);
  const reply = await handleExecute.call(this, request, print, display);
  output.end();
  return reply;
};
JupyterHandlerImpl.prototype.createWriteToIopub = (name, print) =>
  writer((text) => print(name, text));
process.on('exit', endOutputs);
ZmqServer.prototype.close = function () {
  endOutputs();
  close.call(this);
};

require('tslab/dist/main').startKernel({
  configPath: process.argv[2],
  enableFindLocal: false,
  jsKernel: false,
  globalVersion: require('tslab/package.json').version,
});
