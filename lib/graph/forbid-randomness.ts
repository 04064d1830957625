/** Refuses random numbers drawn in JavaScript: they would be the same at every replay. */
import * as tf from '@tensorflow/tfjs';
import { CompileError } from './compile-error';

/** tfjs's functions that draw in JavaScript; `tf.dropout` calls `randomUniform`. */
const DRAWING = new Set([
  'multinomial',
  'rand',
  'randomGamma',
  'randomNormal',
  'randomStandardNormal',
  'randomUniform',
  'randomUniformInt',
  'truncatedNormal',
]);

/**
 * Makes `Math.random` and tfjs's random functions throw.
 *
 * @returns a function that allows them again
 */
export function forbidRandomness(): () => void {
  // tfjs opens a scope for each of its functions, named after it and with this suffix.
  const suffix = '__op';
  const engine = tf.engine() as unknown as { startScope(name?: string): void };
  const { startScope } = engine;
  engine.startScope = (name) => {
    const called = name?.endsWith(suffix) ? name.slice(0, -suffix.length) : '';
    if (DRAWING.has(called)) throw drawsInJavaScript(`tf.${called}`);
    startScope.call(engine, name);
  };
  const { random } = Math;
  Math.random = () => {
    throw drawsInJavaScript('Math.random');
  };
  return () => {
    engine.startScope = startScope;
    Math.random = random;
  };
}

const drawsInJavaScript = (what: string): CompileError =>
  new CompileError(
    `the function calls ${what}, which draws its numbers in JavaScript: they would be the same at ` +
      'every call, with a seed or without. Pass the numbers as an argument, or take randomUniform, ' +
      'randomNormal or dropout of lib/backend, with a seed that is a tensor.',
  );
