// Making and filling elements, and loading the larger scripts when a reader needs them.

type Child = Node | string | number | false | undefined;

/** `h('p', {class: 'note'}, 'text')`. A function under `onclick` and the like is a listener. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Record<string, unknown> = {},
  ...children: (Child | readonly Child[])[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value as EventListener);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.flat().flatMap((child) => toNode(child)));
  return element;
}

const toNode = (child: Child): (Node | string)[] =>
  child === undefined || child === false ? [] : [typeof child === 'number' ? `${child}` : child];

export function fill(element: Element, ...children: (Child | readonly Child[])[]): void {
  element.replaceChildren(...children.flat().flatMap((child) => toNode(child)));
}

/** A labelled form field. */
export const field = (label: string, control: HTMLElement, ...after: Child[]): HTMLElement =>
  h('label', { class: 'gpt-field' }, h('span', {}, label), control, ...after);

/** Tokens as the chapters show them: `·` for a space, `↵` for the end of a line. */
export const visible = (text: string): string =>
  text.replace(/ /g, '·').replace(/\n/g, '↵').replace(/\t/g, '→') || '∅';

const here = (document.currentScript as HTMLScriptElement).src;
const loading = new Map<string, Promise<unknown>>();

/** The value that a script beside this one puts under a global name; loaded once. */
export function load<T>(script: string, globalName: string): Promise<T> {
  let value = loading.get(script) as Promise<T> | undefined;
  value ??= new Promise<T>((resolve, reject) => {
    const element = h('script', { src: new URL(`${script}.js`, here).href });
    element.onload = () => resolve((globalThis as Record<string, unknown>)[globalName] as T);
    element.onerror = () => {
      loading.delete(script);
      reject(new Error(`${script}.js could not be loaded`));
    };
    document.head.append(element);
  });
  loading.set(script, value);
  return value;
}

/** Calls `show` when the element comes near the window. */
export function whenNear(element: Element, show: () => void): void {
  const observer = new IntersectionObserver(
    (entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      observer.disconnect();
      show();
    },
    { rootMargin: '400px' },
  );
  observer.observe(element);
}

export const isDark = (): boolean => document.documentElement.dataset.theme === 'dark';

/** Calls `change` whenever the reader switches between light and dark, while the element is shown. */
export function onTheme(element: Element, change: () => void): void {
  element.classList.add('gpt-themed');
  element.addEventListener('gpt-theme', change);
}

/** Lets all of them know. */
export function watchTheme(): void {
  const observer = new MutationObserver(() => {
    for (const element of document.querySelectorAll('.gpt-themed')) {
      element.dispatchEvent(new Event('gpt-theme'));
    }
  });
  observer.observe(document.documentElement, { attributeFilter: ['data-theme'] });
}

/** Waits until the browser has drawn what was just put on the page. */
export const drawn = (): Promise<void> =>
  new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
