// The form in which stories are written down: text with places to fill and choices to make.
import type { Draw } from '../skills/draw';

export type Slots = Readonly<Record<string, string>>;

/** A plot returns the sentences of its story, not yet filled in: see {@link tell}. */
export type Plot = (draw: Draw) => string[];

/** Entries between commas, in order. */
export const phrases = (text: string): readonly string[] => text.trim().split(/,\s+/);

/**
 * Makes a text of a template: `[a|b|c]` is one of the three (one may be empty), `{name}` what the slot holds, and each
 * sentence begins with a capital letter.
 *
 * @throws Error when there is no slot of that name
 */
export function tell(draw: Draw, template: string, slots: Slots): string {
  let text = template;
  // The choices without others in them first.
  for (const choice = /\[([^[\]]*)\]/g; choice.test(text); choice.lastIndex = 0) {
    text = text.replace(choice, (_, options: string) => draw.any(options.split('|')));
  }
  return text
    .replace(/ {2,}/g, ' ')
    .trim()
    .replace(/\{([^}]+)\}/g, (_, name: string) => {
      if (!(name in slots)) throw new Error(`"${template}" has no slot {${name}}`);
      return slots[name];
    })
    .replace(/(^|[.!?] "?|\n)(\p{Ll})/gu, (_, before: string, letter: string) => {
      return before + letter.toUpperCase();
    });
}

/** The sentences of a text. */
export const sentencesOf = (text: string): readonly string[] =>
  text.match(/[^.!?]+[.!?]+"?(?=\s|,|$)/g) ?? [];

/** A story that is neither too short nor too long: another one is told until it fits. */
export function inBounds(another: () => string): string {
  for (;;) {
    const text = another();
    const words = text.split(/\s+/).length;
    const sentences = sentencesOf(text).length;
    if (words >= 60 && words <= 200 && sentences >= 5 && sentences <= 25) return text;
  }
}

/** After a speech, "said Max" is "Max said" now and then. */
export const turned = (draw: Draw, template: string): string =>
  template.replace(
    /(",? )(said|asked|disse|perguntou) (\{his\} \{mom\}|\{\w+\})(?=[.,])/g,
    (all, before: string, verb: string, who: string) =>
      draw.chance(0.4) ? `${before}${who} ${verb}` : all,
  );
