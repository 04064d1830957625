/** Making elements. Text goes in as text, never as markup. */

/**
 * An element: `class`, `text`, `on…` listeners and attributes, then its children.
 *
 * @param {string} tag
 */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === false) continue;
    if (name === 'text') element.textContent = value;
    else if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.filter((child) => child !== undefined));
  return element;
}

/** A bar of which a share is filled: a picture beside a number that says the same. */
export function bar(share, className) {
  const fill = el('span', { class: `fill ${className}` });
  fill.style.width = `${100 * share}%`;
  return el('span', { class: 'bar', 'aria-hidden': 'true' }, fill);
}

const SIGNS = { ' ': '·', '\n': '↵', '\t': '→', '\r': '␍' };

/** A token on one line: signs for white space, `\u{200b}` for what else cannot be seen. */
export const visible = (text) =>
  text
    .replace(/(?!(?<=.)\u200d(?=.))[\p{Cc}\p{Cf}\p{Z}]/gu, (character) =>
      character in SIGNS ? SIGNS[character] : `\\u{${character.codePointAt(0).toString(16)}}`,
    )
    .replace(/^\p{M}/u, '◌$&');
