/**
 * The checks behind the exercises. Each takes the learner's answer (a value, a function, a
 * tensor), tries it, and says "not attempted", "right", or what is wrong in words that help.
 */
export { Verdict } from './exercises/verdict';
