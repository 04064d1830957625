/** The page: tabs, language, colours, and the connection to the server. */
import { el } from './elements.mjs';
import { currentLanguage, setLanguage, t } from './messages.mjs';
import { Panel } from './panel.mjs';
import { PANELS } from './panels.mjs';
import { read, write } from './storage.mjs';
import { health } from './stream.mjs';

const byId = (id) => document.getElementById(id);
const announcements = byId('announcements');
/** Has a screen reader say a text. */
const announce = (text) => {
  announcements.append(el('p', { text }));
  while (announcements.children.length > 20) announcements.firstChild.remove();
};
const onLost = () => void watch();
const panels = PANELS.map((about) => new Panel(byId(about.kind), about, { announce, onLost }));
const tabs = [...byId('tabs').children];

function choose(tab, focus = false) {
  for (const each of tabs) {
    const chosen = each === tab;
    each.setAttribute('aria-selected', String(chosen));
    each.tabIndex = chosen ? 0 : -1;
    byId(each.getAttribute('aria-controls')).hidden = !chosen;
  }
  if (focus) tab.focus();
  const kind = tab.getAttribute('aria-controls');
  history.replaceState(null, '', `#${kind}`);
  panels.find((panel) => panel.kind === kind).shown();
}
for (const tab of tabs) tab.addEventListener('click', () => choose(tab));
byId('tabs').addEventListener('keydown', (event) => {
  const at = tabs.indexOf(event.target);
  const targets = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 };
  if (!Object.hasOwn(targets, event.key)) return;
  event.preventDefault();
  choose(tabs.at(targets[event.key] % tabs.length), true);
});

/** Writes all texts of the page in the chosen language. */
function translate() {
  document.documentElement.lang = currentLanguage();
  document.title = t('title');
  for (const element of document.querySelectorAll('[data-text]')) {
    element.textContent = t(element.dataset.text);
  }
  for (const element of document.querySelectorAll('[data-label]')) {
    element.setAttribute('aria-label', t(element.dataset.label));
  }
  panels.forEach((panel) => panel.translate());
  showConnection();
}

const language = byId('language');
language.value = currentLanguage();
language.addEventListener('change', () => {
  setLanguage(language.value);
  translate();
});

const theme = byId('theme');
const themes = [...theme.options].map(({ value }) => value);
const stored = read('chat-theme');
theme.value = themes.includes(stored) ? stored : '';
const applyTheme = () => {
  document.documentElement.dataset.theme = theme.value;
  write('chat-theme', theme.value);
};
theme.addEventListener('change', applyTheme);
applyTheme();

let connected;
function showConnection() {
  const text = connected === undefined ? '' : t(connected ? 'connected' : 'notConnected');
  byId('connection').textContent = text;
  byId('connection').dataset.connected = String(connected ?? '');
  byId('offline').hidden = connected !== false;
}

let timer;
/** Asks the server for its state, again and again while the page is visible. */
async function watch() {
  clearTimeout(timer);
  if (!document.hidden) {
    const state = await health();
    const wasConnected = connected;
    connected = state !== undefined;
    if (wasConnected !== connected) showConnection();
    if (wasConnected === true && !connected) announce(t('offline'));
    if (wasConnected === false && connected) announce(t('back'));
    if (state) panels.forEach((panel) => panel.offer(state));
  }
  clearTimeout(timer); // another call may have set one meanwhile
  timer = setTimeout(() => void watch(), connected ? 5000 : 1000);
}
document.addEventListener('visibilitychange', () => void watch());

translate();
choose(tabs.find((tab) => `#${tab.getAttribute('aria-controls')}` === location.hash) ?? tabs[0]);
void watch();
