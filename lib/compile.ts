/**
 * `compile(fn)`: records what a function computes and replays it as one TensorFlow graph. Training
 * and decoding use it by themselves. It lives in `backend`, through which `decoding` reaches it, so
 * that a browser can have another.
 */
export { compile, CompileError, compiles, precision, type Compiled } from './backend';
