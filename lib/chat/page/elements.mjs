/** Creating elements. Text is inserted as text, never as markup. */

/**
 * Creates an element from `text`, listeners such as `onclick`, attributes such as `class`, and
 * children.
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

/** A bar that is filled to a share of its width; it stands beside the number itself. */
export function bar(share, className) {
  const fill = el('span', { class: `fill ${className}` });
  fill.style.width = `${100 * share}%`;
  return el('span', { class: 'bar', 'aria-hidden': 'true' }, fill);
}

const SIGNS = { ' ': '·', '\n': '↵', '\t': '→', '\r': '␍' };

/**
 * A token on one line, with signs for white space and `\u{200b}` for other invisible characters.
 */
export const visible = (text) =>
  text
    .replace(/(?!(?<=.)\u200d(?=.))[\p{Cc}\p{Cf}\p{Z}]/gu, (character) =>
      character in SIGNS ? SIGNS[character] : `\\u{${character.codePointAt(0).toString(16)}}`,
    )
    .replace(/^\p{M}/u, '◌$&');
