/** One tab: the form, the exchanges, and their history. */
import { el } from './elements.mjs';
import { EXAMPLES } from './examples.mjs';
import * as history from './history.mjs';
import { currentLanguage, errorText, number, t } from './messages.mjs';
import { events, RequestError } from './stream.mjs';

const SHOWN_CHARACTERS = 600;

export class Panel {
  /** The exchange in progress, with the controller that ends it. */
  running = undefined;

  /**
   * @param announce has a screen reader say a text
   * @param onLost is called when the server does not answer
   */
  constructor(root, about, { announce, onLost }) {
    Object.assign(this, { root, about, announce, onLost, kind: about.kind });
    root.append(document.getElementById('panel').content.cloneNode(true));
    const find = (selector) => root.querySelector(selector);
    this.log = find('.log');
    this.form = find('form');
    this.text = find('[name=text]');
    this.aboutField = find('[name=about]');
    find('.about').hidden = !about.hasAbout;
    this.send = find('.send');
    this.clearButton = find('[name=clear]');
    this.unkept = find('.unkept');
    if (about.settings) {
      this.settings = about.settings(root);
      find('.settings').hidden = false;
    }
    // If the end was visible, it stays visible when a banner or a keyboard takes space.
    let atEnd = true;
    this.log.addEventListener('scroll', () => (atEnd = this.atEnd()));
    new ResizeObserver(() => atEnd && this.shown()).observe(this.log);
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      if (this.running) this.running.controller.abort();
      else this.submit({ text: this.text.value, about: this.aboutField.value });
    });
    const sendOnEnter = (event) => {
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      if (!this.running) this.form.requestSubmit();
    };
    this.text.addEventListener('keydown', sendOnEnter);
    this.aboutField.addEventListener('keydown', sendOnEnter);
    this.clearButton.addEventListener('click', () => this.clear());
    find('[name=download]').addEventListener('click', () => history.download(this.kind));
    addEventListener(
      'pagehide',
      () => this.running && history.save(this.kind, this.running.exchange),
    );
    addEventListener('storage', () => !this.running && this.show()); // another window wrote
  }

  /** Writes all texts of the tab in the page's language, including those of the exchanges. */
  translate() {
    const write = (selector, key) => (this.root.querySelector(selector).textContent = t(key));
    write('h2', `${this.kind}Title`);
    write('.lead', `${this.kind}Lead`);
    write('.entry label span', `${this.kind}Label`);
    if (this.about.hasAbout) write('.about span', 'about');
    this.text.placeholder = t(`${this.kind}Placeholder`);
    this.settings?.translate();
    for (const place of this.root.querySelectorAll('.starters, .examples')) {
      const examples = EXAMPLES[currentLanguage()][this.kind].map((text) =>
        el('button', {
          type: 'button',
          text,
          onclick: () => !this.running && this.submit({ text }),
        }),
      );
      place.replaceChildren(...examples);
    }
    this.showButtons();
    this.show();
    if (this.server) this.offer(this.server);
  }

  /** Shows which models there are, from the server's answer to `health`. */
  offer(server) {
    this.server = server;
    const missing = this.about.missing(server.models);
    const notice = this.root.querySelector('.notice');
    notice.hidden = !missing;
    notice.textContent = missing ? t(missing) : '';
    this.settings?.offer(server);
  }

  /** Scrolls to the last answer. */
  shown() {
    if (this.log.querySelector('article')) this.log.scrollTop = this.log.scrollHeight;
  }

  atEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.log;
    return scrollHeight - scrollTop - clientHeight < 60;
  }

  /** Draws the saved exchanges and the one in progress. */
  show() {
    this.log.querySelectorAll('article').forEach((article) => article.remove());
    for (const exchange of history.load(this.kind)) {
      if (exchange.id === this.running?.exchange.id) continue;
      let view;
      try {
        view = this.add(exchange);
        for (const [name, data] of exchange.events) view.update(name, data);
        this.finish(exchange, view);
      } catch {
        view?.article.remove(); // another version of the page saved it
      }
    }
    if (this.running) {
      const view = this.add(this.running.exchange);
      for (const [name, data] of this.running.exchange.events) view.update(name, data);
      this.running.view = view;
    }
    this.showUnkept();
    this.shown();
  }

  /** Says how many exchanges the browser does not store. */
  showUnkept() {
    const count = history.countUnkept(this.kind);
    const wasShown = !this.unkept.hidden;
    this.unkept.hidden = !count;
    this.unkept.textContent = t('unkept', { n: number(count) });
    if (count && !wasShown) this.announce(this.unkept.textContent);
  }

  /** Adds a question and an empty answer to the log. */
  add({ id, request }) {
    const { text, about } = this.about.asked(request);
    const asked = about ? `${text}\n\n${about}` : text;
    const question = el('p', { class: 'question', text: asked.slice(0, SHOWN_CHARACTERS) });
    if (asked.length > SHOWN_CHARACTERS) {
      const all = el('button', {
        type: 'button',
        class: 'quiet',
        text: t('showAll', { n: number(asked.length) }),
        onclick: () => (question.textContent = asked),
      });
      question.append('… ', all);
    }
    const view = new this.about.View(request);
    const article = el('article', { 'data-id': id }, question, view.element);
    this.log.append(article);
    view.article = article;
    return view;
  }

  /** Asks the server, then shows and saves its answer. */
  async submit({ text, about = '' }) {
    if (!text.trim()) {
      this.complain(t('errors.empty'));
      return;
    }
    this.text.value = this.aboutField.value = '';
    this.complain('');
    // On a small screen the answer needs the space.
    if (matchMedia('(max-width: 40rem)').matches) {
      this.root.querySelector('.settings').open = false;
    }
    const exchange = {
      id: `${Date.now()}-${Math.random().toString(36).slice(2, 8)}`,
      time: new Date().toISOString(),
      request: this.about.request(text, { about, settings: this.settings?.read() }),
      events: [],
      state: 'stopped',
    };
    const controller = new AbortController();
    this.running = { exchange, controller, view: this.add(exchange) };
    history.save(this.kind, exchange);
    this.showButtons();
    this.running.view.article.scrollIntoView({ block: 'start' });
    try {
      for await (const [name, data] of events(
        this.about.path,
        exchange.request,
        controller.signal,
      )) {
        exchange.events.push([name, data]);
        this.follow(this.running.view, () => {
          const spoken = this.running.view.update(name, data);
          if (spoken) this.announce(spoken);
        });
        if (name === 'done') exchange.state = 'done';
      }
      if (exchange.state !== 'done') throw new RequestError('broken', '');
    } catch (error) {
      if (error.name !== 'AbortError') {
        exchange.state = 'failed';
        exchange.error = { code: error.code ?? 'other', message: error.message };
        if (error.code === 'unreachable' || error.code === 'broken') this.onLost();
      }
    }
    const { view } = this.running;
    this.running = undefined;
    history.save(this.kind, exchange);
    this.showUnkept();
    this.follow(view, () => this.finish(exchange, view));
    if (exchange.state !== 'done') {
      this.announce(exchange.error ? errorText(exchange.error) : t('stopped'));
    }
    this.showButtons();
  }

  /** Ends a view, and shows how the exchange ended if it did not end well. */
  finish({ id, state, error, request }, view) {
    view.end();
    if (state === 'stopped') view.element.append(el('p', { class: 'fine', text: t('stopped') }));
    if (state !== 'failed') return;
    const retry = el('button', {
      type: 'button',
      text: t('retry'),
      onclick: () => {
        if (this.running) return;
        history.remove(this.kind, id);
        view.article.remove();
        void this.submit(this.about.asked(request));
      },
    });
    view.element.append(
      el('p', { class: 'error' }, el('span', { text: errorText(error) }), ' ', retry),
    );
  }

  /**
   * Changes an answer and keeps it visible: the end of a growing text if the end was visible
   * before, else the whole answer if it fits.
   */
  follow({ article, follows }, change) {
    const { log } = this;
    const atEnd = this.atEnd();
    change();
    if (follows && atEnd) log.scrollTop = log.scrollHeight;
    const fits = article.offsetHeight < log.clientHeight;
    if (!follows) article.scrollIntoView({ block: fits ? 'nearest' : 'start' });
  }

  /** Shows a problem with the form, or the usual hint if `text` is empty. */
  complain(text) {
    const hint = this.root.querySelector('.hint');
    hint.textContent = text || t('hint');
    hint.classList.toggle('error', Boolean(text));
    if (text) this.announce(text);
  }

  showButtons() {
    this.send.textContent = t(this.running ? 'stop' : `${this.kind}Send`);
    this.send.classList.toggle('stop', Boolean(this.running));
    this.clearButton.disabled = Boolean(this.running);
  }

  /** Clears the history; until the next message, a button restores it. */
  clear() {
    const list = history.load(this.kind);
    if (!list.length) return;
    history.replace(this.kind, []);
    this.show();
    this.announce(t('cleared'));
    const undo = el('button', {
      type: 'button',
      text: t('undo'),
      onclick: () => {
        history.replace(this.kind, list);
        this.show();
        this.text.focus();
      },
    });
    this.log.append(
      el('article', { class: 'cleared' }, el('span', { text: t('cleared') }), ' ', undo),
    );
    undo.focus();
  }
}
