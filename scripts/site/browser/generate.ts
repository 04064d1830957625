// Let gpt-mini write, one token at a time, and look at what else it could have written.

import { drawn, field, fill, h, visible } from './dom';
import { withMini, type Mini } from './engine';
import type { Candidate, Choice } from './model';
import { number, percent, say } from './strings';

const MANY = 40;

interface Written {
  id: number;
  /** What it was chosen from. */
  choice: Choice;
}

export function generateWidget(place: HTMLElement): void {
  withMini(place, (mini) => new Writer(mini, place.dataset.text ?? '').element);
}

class Writer {
  readonly element: HTMLElement;
  private readonly stepper;
  private readonly end: number;
  private readonly prompt = h('textarea', {
    rows: 2,
    spellcheck: 'false',
    oninput: () => this.restart(),
  });
  private readonly temperature = this.slider(0, 2, 0.1, 0.8);
  private readonly topK = this.slider(1, 200, 1, 50);
  private readonly topP = this.slider(0.05, 1, 0.05, 1);
  private readonly seed = h('input', {
    type: 'number',
    value: 1,
    step: 1,
    min: 0,
    max: 2 ** 31 - 1,
    oninput: () => this.show(),
  });
  private readonly text = h('p', { class: 'gpt-text', translate: 'no' });
  private readonly status = h('p', { class: 'gpt-status', role: 'status' });
  private readonly panel = h('section', { class: 'gpt-panel' });
  private readonly nextButton = this.button(say.next, () => this.step());
  private readonly manyButton = this.button(say.write, () => this.many(), 'gpt-primary');
  private written: Written[] = [];
  /** The token whose alternatives are shown; undefined for those of the next one. */
  private looked?: number;
  private running = false;

  constructor(
    private readonly mini: Mini,
    prompt: string,
  ) {
    this.stepper = new mini.library.Stepper(mini.model);
    this.end = mini.tokenizer.specialTokens['<|endoftext|>'];
    this.prompt.value = prompt;
    const settings = [
      field(say.temperature, this.temperature, this.valueOf(this.temperature, 1)),
      field(say.topK, this.topK, this.valueOf(this.topK, 0)),
      field(say.topP, this.topP, this.valueOf(this.topP, 2)),
      field(say.seed, this.seed),
    ];
    this.element = h(
      'div',
      {},
      field(say.prompt, this.prompt),
      h('div', { class: 'gpt-settings' }, settings),
      h(
        'div',
        { class: 'gpt-buttons' },
        this.manyButton,
        this.nextButton,
        this.button(say.again, () => this.restart()),
      ),
      h('h2', {}, say.generated),
      this.text,
      this.status,
      h('p', { class: 'gpt-help' }, say.shades),
      this.panel,
    );
    this.show();
  }

  private slider(min: number, max: number, step: number, value: number): HTMLInputElement {
    const attributes = { type: 'range', min, max, step, oninput: () => this.show() };
    return h('input', { ...attributes, value });
  }

  private valueOf(input: HTMLInputElement, digits: number): HTMLElement {
    const output = h('output');
    const update = () => (output.textContent = number(Number(input.value), digits));
    input.addEventListener('input', update);
    update();
    return output;
  }

  private button(label: string, act: () => void | Promise<void>, kind = ''): HTMLButtonElement {
    return h('button', { class: `gpt-button ${kind}`, onclick: () => void act() }, label);
  }

  private get promptIds(): number[] {
    const ids = this.mini.tokenizer.encode(this.prompt.value, { allowedSpecial: 'none' });
    return ids.length ? ids : [this.end];
  }

  private get ended(): boolean {
    return this.written[this.written.length - 1]?.id === this.end;
  }

  /** What may follow the first `count` written tokens. */
  private chooseAfter(count: number): Choice {
    const ids = [...this.promptIds, ...this.written.slice(0, count).map(({ id }) => id)];
    return this.stepper.choose(ids, {
      temperature: Number(this.temperature.value),
      topK: Number(this.topK.value),
      topP: Number(this.topP.value),
      seed: Math.trunc(Number(this.seed.value)) || 0,
      step: count,
    });
  }

  private restart(): void {
    this.running = false;
    this.written = [];
    this.looked = undefined;
    this.stepper.forget();
    this.status.textContent = '';
    this.show();
  }

  private step(): void {
    if (this.ended) return;
    this.looked = undefined;
    const choice = this.chooseAfter(this.written.length);
    this.written.push({ id: choice.drawn, choice });
    this.show();
  }

  private async many(): Promise<void> {
    if (this.running) {
      this.running = false;
      return;
    }
    this.running = true;
    this.manyButton.textContent = say.stop;
    const began = performance.now();
    let count = 0;
    while (this.running && count < MANY && !this.ended) {
      this.step();
      count++;
      await drawn();
    }
    this.running = false;
    this.manyButton.textContent = say.write;
    this.show();
    const speed = (1000 * count) / (performance.now() - began);
    this.status.textContent = this.ended ? say.ended : say.speed(number(speed, speed < 10 ? 1 : 0));
  }

  private show(): void {
    const { tokenizer } = this.mini;
    const tokens = this.written.map(({ id, choice }, i) => {
      const { probability } = choice.candidates.find((candidate) => candidate.id === id)!;
      return h(
        'button',
        {
          class: 'gpt-written',
          style: `--strength:${Math.round(100 * Math.sqrt(probability))}%`,
          title: say.probability(percent(probability)),
          'aria-pressed': String(i === this.looked),
          onclick: () => {
            this.looked = i === this.looked ? undefined : i;
            this.show();
          },
        },
        id === this.end ? '■' : tokenizer.tokenText(id),
      );
    });
    fill(this.text, h('span', { class: 'gpt-prompt' }, this.prompt.value), tokens);
    this.nextButton.disabled = this.running || this.ended;
    this.showCandidates();
  }

  private showCandidates(): void {
    const at = this.looked;
    if (at === undefined && (this.ended || this.running)) return fill(this.panel);
    const place = at ?? this.written.length;
    const { candidates, drawn } =
      at === undefined ? this.chooseAfter(place) : this.written[at].choice;
    const taken = at === undefined ? drawn : this.written[at].id;
    const most = Math.max(
      ...candidates.map(({ probability, chance }) => Math.max(probability, chance)),
    );
    const name = at !== undefined && visible(this.mini.tokenizer.tokenText(taken));
    const rows = candidates.map((candidate) =>
      this.row(candidate, candidate.id === taken, most, () => {
        const choice = { candidates, drawn };
        this.written = [...this.written.slice(0, place), { id: candidate.id, choice }];
        this.looked = undefined;
        this.show();
        this.panel.querySelector('button')?.focus();
      }),
    );
    fill(
      this.panel,
      h('h2', {}, name ? say.candidatesAt(name) : say.candidates),
      h('p', { class: 'gpt-help' }, say.candidatesHelp),
      h('ol', { class: 'gpt-candidates', translate: 'no' }, rows),
    );
  }

  private row(
    { id, probability, chance }: Candidate,
    taken: boolean,
    most: number,
    take: () => void,
  ): HTMLElement {
    const text = id === this.end ? '<|endoftext|>' : visible(this.mini.tokenizer.tokenText(id));
    const width = (share: number) => `width:${((100 * share) / most).toFixed(1)}%`;
    return h(
      'li',
      {},
      h(
        'button',
        {
          class: `gpt-candidate${taken ? ' gpt-drawn' : ''}`,
          title: say.take(text),
          onclick: take,
        },
        h('code', {}, text),
        h(
          'span',
          { class: 'gpt-bar' },
          h('span', { class: 'gpt-bar-model', style: width(probability) }),
          h('span', { class: 'gpt-bar-chance', style: width(chance) }),
        ),
        h('span', { class: 'gpt-percent' }, percent(probability)),
      ),
    );
  }
}
