/** Says what cannot be compiled, and what to do about it. */
export class CompileError extends Error {
  constructor(message: string) {
    super(`compile: ${message}`);
    this.name = 'CompileError';
  }
}
