/**
 * The checks behind the exercises. Each takes the learner's answer (a value, a function, a tensor),
 * tries it, and says "not attempted", "right", or, in words that help, what is wrong. It speaks
 * English, and Portuguese in the Portuguese notebooks or with `GPT_LANG=pt`.
 */
export { Verdict } from './exercises/verdict';
export * as chapter01 from './exercises/chapter01';
export * as chapter02 from './exercises/chapter02';
export * as chapter03 from './exercises/chapter03';
export * as chapter04 from './exercises/chapter04';
export * as chapter05 from './exercises/chapter05';
export * as chapter06 from './exercises/chapter06';
export * as chapter07 from './exercises/chapter07';
