/** The settings for generating a text. */
import { el } from './elements.mjs';
import { number, t } from './messages.mjs';

const RANGES = [
  { name: 'temperature', min: 0, max: 2, step: 0.1, value: 0.8, show: (v) => number(v, 1) },
  { name: 'topK', min: 0, max: 200, step: 1, value: 40, show: (v) => (v ? number(v) : t('all')) },
  {
    name: 'topP',
    min: 0.05,
    max: 1,
    step: 0.05,
    value: 1,
    show: (v) => (v < 1 ? number(v, 2) : t('all')),
  },
  { name: 'maxNewTokens', min: 10, max: 500, step: 10, value: 100, show: (v) => number(v) },
];

/**
 * Adds the fields to a panel. `translate` writes their texts, `offer` shows which models the server
 * has, and `read` returns the values.
 */
export function settingsFields(panel, { withModel = true, ...defaults } = {}) {
  const fields = panel.querySelector('.settings .fields');
  const summary = panel.querySelector('.settings summary');
  const labels = [];
  const label = (key, ...content) => {
    const name = el('span');
    labels.push(() => (name.textContent = t(key)));
    const element = el('label', {}, name, ...content);
    fields.append(element);
    return element;
  };
  const model = el('select', { name: 'model' });
  model.append(el('option', { value: 'gpt-mini' }), el('option', { value: 'gpt2' }));
  let server;
  if (withModel) label('model', model);
  const inputs = RANGES.map(({ name, show, ...range }) => {
    const value = defaults[name] ?? range.value;
    const input = el('input', { ...range, value, type: 'range', name, oninput: () => update() });
    const output = el('output');
    const element = label(name, input, output);
    element.classList.add('range');
    return { name, input, output, show };
  });
  const seed = el('input', { type: 'number', name: 'seed', min: 0, max: 2147483647, step: 1 });
  label('seed', seed);

  const nameModels = () => {
    const size = (name, digits) => {
      const count = server?.parameters[name];
      return count ? t('millions', { count: number(count / 1e6, digits) }) : '';
    };
    const [mini, gpt2] = model.options;
    mini.textContent = `gpt-mini${size('gpt-mini', 1)}`;
    gpt2.disabled = !server?.models.gpt2;
    gpt2.textContent = gpt2.disabled ? t('modelGpt2Absent') : `GPT-2${size('gpt2', 0)}`;
  };
  const update = () => {
    for (const { input, output, show } of inputs) output.textContent = show(Number(input.value));
    const values = inputs.map(({ name, output }) => `${t(name)} ${output.textContent}`);
    summary.textContent = `${t('settings')}: ${values.join(' · ')}`;
  };
  return {
    translate() {
      labels.forEach((write) => write());
      seed.placeholder = t('seedHint');
      nameModels();
      update();
    },
    offer(state) {
      server = state;
      nameModels();
    },
    read() {
      const values = Object.fromEntries(
        inputs.map(({ name, input }) => [name, Number(input.value)]),
      );
      if (!values.topK) delete values.topK;
      const chosen = seed.value === '' ? Math.floor(Math.random() * 1e6) : Number(seed.value);
      return { ...values, seed: chosen, ...(withModel && { model: model.value }) };
    },
  };
}
