/** Finding the score in a judge's reply. */

const NAME =
  '(?:(?:final|overall|total)[\\s_]+)?(?:score|grade|rating|nota|pontua[çc][ãa]o)(?:[\\s_]+final)?';
const BOLD = '[*_]*';
const NUMBER = '(\\d{1,3})(?:[.,]0+)?';
const OF_100 = '(?:\\s*(?:/|out of|de)\\s*100)?(?:\\s*(?:points?|pontos?))?';
const END = `${BOLD}\\.?${BOLD}$`;
const ALONE = new RegExp(`^${BOLD}${NUMBER}${OF_100}${END}`, 'i');
const NAMED = new RegExp(
  `^#*\\s*${BOLD}${NAME}\\s*${BOLD}\\s*[:=]\\s*${BOLD}\\s*${BOLD}${NUMBER}${BOLD}${OF_100}${END}`,
  'i',
);
const KEY = new RegExp(`^${NAME}$`, 'i');
/** A JSON object that begins a line and ends the reply, perhaps in a code fence. */
const JSON_AT_END = /(?<![^\n])\s*(?:```\w*\s*)?(\{[^{}]*\})(?:\s*```)?$/;
const THOUGHTS = /^[^]*<\/(?:think|thinking|thought|reasoning)>/i;
const THINKING = /<(?:think|thinking|thought|reasoning)>/i;

/** Whether a reply ends in the middle of the judge's thoughts. */
export const stillThinking = (reply: string): boolean => THINKING.test(reply.replace(THOUGHTS, ''));

/**
 * The score in a judge's reply: one whole number from 0 to 100. These forms count, in bold too:
 *
 * - the number alone, as `85`, `85.`, `85/100`, `85 out of 100`, `85 points`
 * - with its name: `Score: 85`, `Final score: 85/100`, `Nota: 85`; also as the first or last line
 *   of a longer reply that has no other number
 * - a JSON object with it, `{"score": 85, "reason": "…"}`, in a code fence too, alone or after
 *   lines without a number
 *
 * Thoughts that end with `</think>` may come before any of them, whether or not they begin with
 * `<think>`. Everything else gives undefined: a number within a sentence, two numbers, and scores on
 * another scale, such as `8.5 out of 10`.
 */
export function parseScore(reply: string): number | undefined {
  if (stillThinking(reply)) return undefined;
  const answer = reply
    .replace(THOUGHTS, '')
    .replace(/\$*\\boxed\{(\d+)\}\$*/, '$1')
    .trim();
  const whole = ALONE.exec(answer) ?? NAMED.exec(answer);
  if (whole) return inRange(Number(whole[1]));
  const json = JSON_AT_END.exec(answer);
  if (json) return /\d/.test(answer.slice(0, json.index)) ? undefined : scoreIn(json[1]);
  const lines = answer.split('\n').map((line) => line.trim());
  for (const [at, rest] of [
    [lines[0], lines.slice(1)],
    [lines[lines.length - 1], lines.slice(0, -1)],
  ] as const) {
    const found = NAMED.exec(at);
    if (found && !/\d/.test(rest.join())) return inRange(Number(found[1]));
  }
  return undefined;
}

const inRange = (score: number) => (score <= 100 ? score : undefined);

/** The score in a JSON object, unless there are several or it is on another scale. */
function scoreIn(json: string): number | undefined {
  let fields: [string, unknown][];
  try {
    fields = Object.entries(JSON.parse(json) as object);
  } catch {
    return undefined;
  }
  // JSON.parse keeps the last of two fields with one name.
  if (json.match(/"\s*:/g)?.length !== fields.length) return undefined;
  const named = fields.filter(([key]) => KEY.test(key));
  if (named.length !== 1) return undefined;
  const [, value] = named[0];
  const text = typeof value === 'number' || typeof value === 'string' ? String(value) : '';
  const score = inRange(Number(ALONE.exec(text)?.[1] ?? NaN));
  const hasOtherScale = fields.some(
    ([, other]) => typeof other === 'number' && ![100, score].includes(other),
  );
  return hasOtherScale ? undefined : score;
}
