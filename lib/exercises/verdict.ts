/** The frame of all exercises' checks, which answer in words and never throw. */
import { inspect } from 'node:util';
import { messagesOf } from './say';

const say = messagesOf('verdict');

export type VerdictKind = 'not attempted' | 'right' | 'not yet';

/** A check's answer. As the last value of a cell it shows itself as one readable line. */
export class Verdict {
  constructor(
    readonly kind: VerdictKind,
    readonly message: string,
  ) {}

  toString(): string {
    const sign = { 'not attempted': '○', right: '✓', 'not yet': '✗' }[this.kind];
    return `${sign} ${this.message}`;
  }

  [inspect.custom](): string {
    return this.toString();
  }
}

/**
 * Makes the check of one exercise. `inspectAnswer` tries the learner's answer and returns a
 * sentence that helps if the answer is wrong, and nothing if it is right. An error that the answer
 * throws becomes a sentence too.
 *
 * @param praise gives the words after a right answer, ideally a fact that follows from it; it is
 *   called when they are said, so that they are in the language set at that time
 */
export function exercise<Answer>(
  praise: () => string,
  inspectAnswer: (answer: Answer) => string | undefined | Promise<string | undefined>,
): (answer: Answer | undefined) => Promise<Verdict> {
  return async (answer) => {
    if (answer === undefined) {
      return new Verdict(
        'not attempted',
        say`Not attempted yet: replace undefined with your answer.`,
      );
    }
    try {
      const help = await inspectAnswer(answer);
      return help ? new Verdict('not yet', help) : new Verdict('right', say`Right. ${praise()}`);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return new Verdict('not yet', say`Trying your answer failed: ${message}`);
    }
  };
}

/** One program of a fault clinic. */
interface Fault {
  /** How many of its lines have a number. */
  lines: number;
  /** The number of the wrong one. */
  guilty: number;
  /** Where to look, for a learner who named an innocent line. */
  hint: () => string;
}

/** The exercise of a fault clinic: the number of each program's wrong line, as in `{ A: 1, B: 1 }`. */
export const clinic = <Name extends string>(praise: () => string, faults: Record<Name, Fault>) =>
  exercise<Record<Name, number>>(praise, (answer) => {
    for (const name of Object.keys(faults) as Name[]) {
      const { lines, guilty, hint } = faults[name];
      const line = answer[name];
      if (!Number.isInteger(line) || line < 1 || line > lines) {
        return say`Give the number of a line for ${name}, 1 to ${lines}, not ${show(line)}.`;
      }
      if (line !== guilty) return say`Line ${line} of ${name} is innocent. ${hint()}`;
    }
    return undefined;
  });

/** A value as a learner reads it in a sentence, cut off if it is long. */
export function show(value: unknown): string {
  const text = inspect(value, { depth: 4, breakLength: Infinity, maxArrayLength: 12 });
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}
