import { DataFrame } from 'danfojs-node';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { html, linePlot, livePlot, plot, progress, show, showTokens, table } from './display';
import { barBundle, lineBundle } from './display/charts';
import { figureBundle, PLOTLY } from './display/figure';
import { heatmapBundle } from './display/heatmap';
import { sketchBundle } from './display/live';
import { visible } from './display/markup';
import type { Bundle } from './display/output';
import { progressBundle } from './display/progress';
import { tableBundle } from './display/table';
import { gridBundle, tokensBundle } from './display/tokens';
import { useTexts } from './language';

const EVIL = '<script>alert("x")</script><b>bold</b> & $x$ \'';
const markupOf = (bundle: Bundle) => bundle.data['text/html'] as string;
const textOf = (bundle: Bundle) => bundle.data['text/plain'];
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- plotly's JSON, read piece by piece
const figureOf = (bundle: Bundle) => bundle.data[PLOTLY] as any;

describe('markup', () => {
  it('escapes values between tags and in attributes, and nests', () => {
    const inner = html`<b title="${'"\'>'}">${'<i>'}</b>`;
    expect(html`<p>${[inner, inner]}${1}</p>`.markup).toBe(
      `<p>${'<b title="&quot;&#39;&gt;">&lt;i&gt;</b>'.repeat(2)}1</p>`,
    );
  });

  it('makes invisible characters visible', () => {
    expect(visible(' a\n\tb')).toBe('·a↵→b');
    expect(visible('\u200b\u202e\u00a0\u0007')).toBe('\\u{200b}\\u{202e}\\u{a0}\\u{7}');
    expect(visible('\u0301')).toBe('◌\u0301');
    expect(visible('👨‍👩‍👧')).toBe('👨‍👩‍👧');
    expect(visible('\u200d')).toBe('\\u{200d}');
  });

  const everything: Record<string, Bundle> = {
    tokens: tokensBundle([EVIL, { text: EVIL, id: 1 }], { caption: EVIL }),
    'labelled tokens': tokensBundle(
      { [EVIL]: [{ text: EVIL, id: 1 }] },
      { caption: EVIL, ids: true },
    ),
    grid: gridBundle([[EVIL, { text: EVIL, kind: 'padding' }]], {
      caption: EVIL,
      rowLabels: [EVIL],
      legend: { padding: EVIL },
    }),
    table: tableBundle([{ [EVIL]: EVIL, other: { nested: EVIL } }], { caption: EVIL }),
    frame: tableBundle({ columns: [EVIL], values: [[EVIL]], index: [EVIL] }),
    progress: progressBundle(10, 1, EVIL, EVIL, 0),
    sketch: sketchBundle(
      { [EVIL]: { x: [1, 2], y: [3, 4] } },
      { alt: EVIL, title: EVIL, xaxis: EVIL, yaxis: EVIL },
      EVIL,
    ),
  };
  it.each(Object.entries(everything))('escapes every string in %s', (_, bundle) => {
    expect(markupOf(bundle)).toContain('&lt;script&gt;');
    expect(markupOf(bundle)).not.toMatch(/<script|<b>/);
    // No quote that would end an attribute: every tag still parses as name="…" pairs.
    for (const [tag] of markupOf(bundle).matchAll(/<[a-z][^>]*>/g)) {
      expect(tag).toMatch(/^<[a-z]+(\s+[a-zA-Z-]+="[^"<>]*")*\s*\/?>$/);
    }
  });

  it('uses only what JupyterLab lets through in a notebook that the reader has not run', () => {
    const properties =
      'background border border-collapse border-radius border-spacing color display font-family ' +
      'font-style font-weight line-height margin overflow-wrap overflow-x padding text-align ' +
      'text-decoration vertical-align white-space width';
    for (const [name, bundle] of Object.entries(everything)) {
      if (name === 'sketch') continue; // the final plot takes its place
      expect(markupOf(bundle)).not.toMatch(/var\(|aria-|role=|<style|<svg/);
      for (const [, style] of markupOf(bundle).matchAll(/style="([^"]*)"/g)) {
        for (const declaration of style.split(';')) {
          expect(properties.split(' ')).toContain(declaration.split(':')[0].trim());
        }
      }
    }
  });
});

describe('figures', () => {
  it('are plain JSON: no typed arrays, NaN and infinities as gaps', () => {
    const y = Float32Array.of(0.1, NaN, Infinity, 16777215);
    const { data } = figureOf(figureBundle([{ type: 'scatter', y }], { alt: 'a' }));
    expect(data[0].y).toEqual([0.1, null, null, 16777215]);
    expect(JSON.parse(JSON.stringify(data))).toEqual(data);
  });

  it('hold the digits that can be seen, more of them where values differ by little', () => {
    const y = [8.317766, 0.1234567, 5];
    const close = [8.317766, 8.317712];
    const { data } = figureOf(figureBundle([{ y }, { y: close }], { alt: 'a' }));
    expect(data[0].y).toEqual([8.318, 0.1235, 5]);
    expect(data[1].y).toEqual([8.317766, 8.317712]);
  });

  it('have no markup but our own line breaks', () => {
    const figure = figureOf(
      figureBundle(
        [
          {
            type: 'scatter',
            name: EVIL,
            text: [EVIL],
            hovertemplate: `${EVIL}<br><extra></extra>`,
          },
        ],
        {
          alt: 'a',
          title: `${EVIL}\n${EVIL}`,
          xaxis: EVIL,
          layout: { annotations: [{ text: EVIL }] },
        },
      ),
    );
    const strings = JSON.stringify(figure);
    expect(strings).not.toMatch(/<(?!br>|\/?extra>)/);
    expect(figure.data[0].name).toBe(
      '&lt;script>alert("x")&lt;/script>&lt;b>bold&lt;/b> &amp; &#36;x&#36; \'',
    );
    expect(figure.data[0].hovertemplate).toMatch(/^&lt;script.*<br><extra><\/extra>$/);
    expect(figure.layout.title.text.split('<br>')).toHaveLength(2);
    expect(figureOf(lineBundle({ [EVIL]: [1, 2] }, { alt: 'a' })).data[0].name).not.toMatch(/</);
  });

  it('need a description, which is also their text and the alt of their image', () => {
    expect(() => figureBundle([], { alt: ' ' })).toThrow('plot: alt is missing');
    const bundle = figureBundle([], { alt: 'Loss falls.', title: 'Loss' });
    expect(textOf(bundle)).toBe('[plot] Loss. Loss falls.');
    expect(bundle.metadata).toEqual({ alt: 'Loss. Loss falls.' });
  });

  it('say which value is not a plain array', () => {
    class Tensor {}
    const y = new Tensor() as unknown as number[];
    expect(() => figureBundle([{ y }], { alt: 'a' })).toThrow('data[0].y is a Tensor');
  });

  it('wrap a long title to the width and make room for it', () => {
    const title = 'word '.repeat(40).trim();
    const long = figureOf(figureBundle([], { alt: 'a', title, width: 400 })).layout;
    const short = figureOf(figureBundle([], { alt: 'a', title: 'word', width: 400 })).layout;
    const lines = long.title.text.split('<br>');
    expect(Math.max(...lines.map((line: string) => line.length))).toBeLessThanOrEqual(44);
    expect(long.margin.t - short.margin.t).toBe(22 * (lines.length - 1));
  });

  it('merge a layout over the defaults', () => {
    const { layout } = figureOf(
      figureBundle([], {
        alt: 'a',
        xaxis: { title: 'n', log: true, range: [1, 100] },
        layout: { xaxis: { dtick: 1 } },
      }),
    );
    expect(layout.xaxis).toMatchObject({
      type: 'log',
      range: [0, 2],
      dtick: 1,
      title: { text: 'n' },
    });
  });

  it('line plots check their lengths', () => {
    expect(() => lineBundle({ a: { x: [1], y: [1, 2] } }, { alt: 'a' })).toThrow(
      'linePlot: "a" has 1 x values for 2 y values',
    );
    expect(figureOf(lineBundle({ a: [5, 6] }, { alt: 'a' })).data[0]).toMatchObject({
      x: [0, 1],
      y: [5, 6],
    });
  });

  it('line plots say even distances once', () => {
    const x = (values: number[]) =>
      figureOf(lineBundle({ a: { x: values, y: values } }, { alt: 'a' })).data[0];
    expect(x([11, 22, 33])).toMatchObject({ x0: 11, dx: 11, y: [11, 22, 33] });
    expect(x([11, 22, 33]).x).toBeUndefined();
    expect(x([1, 2, 4]).x).toEqual([1, 2, 4]);
    expect(x([0.1, 0.2, 0.3]).x).toEqual([0.1, 0.2, 0.3]);
  });

  it('bar plots keep equal labels apart', () => {
    const { data, layout } = figureOf(barBundle(['the', 'the'], [1, 2], { alt: 'a' }));
    expect(data[0].x).toEqual([0, 1]);
    expect(layout.xaxis.ticktext).toEqual(['the', 'the']);
    const groups = figureOf(
      barBundle(['a'], { one: [1], two: [2] }, { alt: 'a', horizontal: true }),
    );
    expect(groups.data.map((trace: { x: number[] }) => trace.x)).toEqual([[1], [2]]);
    expect(groups.layout.yaxis.autorange).toBe('reversed');
    expect(() => barBundle(['a'], [1, 2], { alt: 'a' })).toThrow('barPlot: 2 values for 1 labels');
  });

  it('heat maps have row 0 at the top, labels at each row, values in small ones', () => {
    const { data, layout } = figureOf(
      heatmapBundle(
        [
          [1, -Infinity],
          [0.5, -0.001],
        ],
        { alt: 'a', rows: ['a', ' a'], columns: ['x', 'x'] },
      ),
    );
    expect(layout.yaxis).toMatchObject({
      autorange: 'reversed',
      ticktext: ['a', '·a'],
      tickvals: [0, 1],
    });
    expect(layout.xaxis.ticktext).toEqual(['x', 'x']);
    expect(data[0].z).toEqual([
      [1, null],
      [0.5, -0.001],
    ]);
    expect(data[0].text).toEqual([
      ['1.00', '−∞'],
      ['0.50', '0.00'],
    ]);
    expect([layout.coloraxis.cmin, layout.coloraxis.cmax]).toEqual([-1, 1]);
  });

  it('heat maps lay out panels inside the figure', () => {
    const matrix = [Float32Array.of(0, 1), Float32Array.of(1, 0)];
    const panels = Array.from({ length: 6 }, (_, i) => `head ${i}`);
    const { data, layout } = figureOf(
      heatmapBundle(
        Array.from({ length: 6 }, () => matrix),
        { alt: 'a', panels },
      ),
    );
    expect(data).toHaveLength(6);
    expect(layout.annotations.map((a: { text: string }) => a.text)).toEqual(panels);
    expect(layout.yaxis4.domain[1]).toBeLessThan(layout.yaxis.domain[0]);
    expect(layout.xaxis3.domain[1]).toBeCloseTo(1);
    expect(layout.yaxis6.domain[0]).toBeCloseTo(0);
    expect(layout.width).toBeLessThanOrEqual(620);
  });

  it('heat maps weigh little: values by a format, and labels kept readable', () => {
    const rows = [' the', 'head 1', 'in  full '];
    const { data, layout } = figureOf(heatmapBundle([[1], [2], [0.125]], { alt: 'a', rows }));
    expect(layout.yaxis.ticktext).toEqual(['·the', 'head 1', 'in  full·']);
    expect(data[0]).toMatchObject({ texttemplate: '%{z:.2f}' });
    expect(Object.keys(data[0])).not.toEqual(expect.arrayContaining(['text']));
    expect(Object.keys(data[0])).not.toEqual(expect.arrayContaining(['customdata']));
  });

  it('heat maps thin their labels where not all fit', () => {
    const zeros = Array.from({ length: 64 }, () => new Float32Array(64));
    const { layout } = figureOf(heatmapBundle(zeros, { alt: 'a' }));
    expect(layout.xaxis.ticktext.slice(0, 3)).toEqual(['0', '5', '10']);
    expect([layout.coloraxis.cmin, layout.coloraxis.cmax]).toEqual([0, 1]);
  });

  it('heat maps refuse what does not fit', () => {
    expect(() => heatmapBundle([[1, 2], [3]], { alt: 'a' })).toThrow(
      'expected 2 rows of 2 numbers',
    );
    expect(() => heatmapBundle([[1, 2]], { alt: 'a', columns: ['a'] })).toThrow(
      'heatmap: 1 column labels, expected 2',
    );
    expect(() => heatmapBundle([], { alt: 'a' })).toThrow('empty');
  });
});

describe('tables', () => {
  it('align their text twin and say what heads what', () => {
    const bundle = tableBundle(
      [
        { word: 'the', tokens: 1, share: 0.5 },
        { word: '北京', tokens: 12, share: 0.00001 },
        { word: 'a\nb', tokens: null, share: 2 },
      ],
      { caption: 'Words' },
    );
    expect(textOf(bundle)).toBe(
      [
        'Words',
        'word  tokens   share',
        '────────────────────',
        'the        1   0.500',
        '北京      12  1.0e-5',
        'a↵b            2.000',
      ].join('\n'),
    );
    const markup = markupOf(bundle);
    expect(markup).toMatch(/<caption[^>]*>Words<\/caption>/);
    expect(markup.match(/<th scope="col"/g)).toHaveLength(3);
    expect(markup.match(/<th scope="row"/g)).toHaveLength(3);
    expect(markup).toMatch(/>a\nb<\/th>/);
  });

  it('show the first and last rows of a long table', () => {
    const rows = Array.from({ length: 100 }, (_, i) => ({ i }));
    const text = textOf(tableBundle(rows, { maxRows: 5 }));
    expect(
      text
        .split('\n')
        .slice(2)
        .map((line) => line.trim()),
    ).toEqual(['0', '1', '2', '… 95 more rows …', '98', '99']);
    expect(markupOf(tableBundle(rows, { maxRows: 5 })).match(/<tr>/g)).toHaveLength(7);
  });

  it('take a danfo DataFrame and Series with their index', () => {
    const frame = new DataFrame({ label: ['ham', 'spam'], length: [3, 4] }, { index: ['x', 'y'] });
    const expected = textOf(
      tableBundle({
        columns: ['label', 'length'],
        values: [
          ['ham', 3],
          ['spam', 4],
        ],
        index: ['x', 'y'],
      }),
    );
    expect(textOf(tableBundle(frame))).toBe(expected);
    expect(expected.split('\n')[2]).toBe('x  ham         3');
    expect(textOf(tableBundle(frame.column('length'))).split('\n')[2]).toMatch(/^x +3$/);
  });

  it('say what is wrong with their rows', () => {
    expect(() => tableBundle([[1, 2]] as never)).toThrow('each row must be an object');
    expect(() => tableBundle({ columns: ['a'], values: [[1, 2]] })).toThrow(
      'row 0 has 2 cells for 1 columns',
    );
    expect(() => tableBundle('text' as never)).toThrow('expected an array of rows');
  });
});

describe('tokens', () => {
  it('have a twin with bars between them, and their ids beneath', () => {
    const tokens = [
      { text: 'des', id: 8906 },
      { text: 'con', id: 1102 },
      { text: ' ect', id: 478 },
    ];
    expect(textOf(tokensBundle(tokens))).toBe('des|con|·ect');
    expect(textOf(tokensBundle(tokens, { ids: true }))).toBe('des |con |·ect\n8906|1102|478');
    expect(textOf(tokensBundle({ 'GPT-2': tokens, ours: ['des'] }, { caption: 'Two' }))).toBe(
      'Two\nGPT-2 (3 tokens)  des|con|·ect\nours (1 token)    des',
    );
    expect(markupOf(tokensBundle(tokens))).toContain('title="id 478">·ect</code>');
  });

  it('give neighbours different colours', () => {
    const colors = [...markupOf(tokensBundle(Array(20).fill('a'))).matchAll(/background:(#\w+)/g)];
    expect(colors).toHaveLength(20);
    colors.slice(1).forEach(([, color], i) => expect(color).not.toBe(colors[i][1]));
  });

  it('stop at maxTokens and say how many are left', () => {
    const bundle = tokensBundle(Array(5).fill('a'), { maxTokens: 3 });
    expect(textOf(bundle)).toBe('a|a|a … and 2 tokens more');
    expect(markupOf(bundle).match(/<code/g)).toHaveLength(3);
  });

  it('say what is wrong', () => {
    expect(() => tokensBundle(['a'], { ids: true })).toThrow('ids: true needs { text, id } tokens');
    expect(() => tokensBundle([7 as never])).toThrow(
      'a token must be a string or { text, id }, not 7',
    );
    expect(() => gridBundle([['a']], { rowLabels: [] })).toThrow('0 row labels for 1 rows');
    expect(() => gridBundle([[{ text: 'a', kind: 'pad' as never }]])).toThrow('unknown kind "pad"');
  });

  it('make a grid of a batch, with a legend of the kinds in it', () => {
    const pad = { text: '[PAD]', kind: 'padding' } as const;
    const bundle = gridBundle(
      [
        ['The', ' cat'],
        [{ text: 'A', kind: 'masked' }, pad],
      ],
      { caption: 'Batch' },
    );
    expect(textOf(bundle)).toBe(
      [
        'Batch',
        '   0    1',
        '0  The  ·cat',
        '1  ~A~  ([PAD])',
        'x token   (x) padding   ~x~ ignored by the loss',
      ].join('\n'),
    );
    expect(markupOf(bundle)).not.toContain('special token');
  });
});

describe('outside a kernel', () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  beforeEach(() => void log.mockClear());
  const printed = () => log.mock.calls.map(([line]) => line as string);

  it('prints the text twin, and loads no kernel', () => {
    showTokens(['des', 'con']);
    show(html`<b>bold</b>`, 'bold');
    expect(printed()).toEqual(['des|con', 'bold']);
    expect(require.cache[require.resolve('tslab/dist/jupyter')]).toBeUndefined();
  });

  it('prints a line for each noted progress, and the final state of a live plot', () => {
    const bar = progress(3, { label: 'training' });
    const curves = livePlot({ alt: 'Loss falls.' });
    for (const step of [1, 2, 3]) {
      bar.update(step, step === 2 ? 'loss 1.5' : undefined);
      curves.add(step, { train: 3 / step });
    }
    bar.finish();
    curves.finish();
    expect(printed()).toEqual(['training 2/3: loss 1.5', '[plot] Loss falls. Last: train 1 at 3.']);
    expect(() => progress(0)).toThrow('total must be a positive number, not 0');
    expect(() => livePlot({ alt: '' })).toThrow('alt is missing');
  });
});

describe('in a kernel', () => {
  type Message = Bundle & { transient: { display_id?: string } };
  const sent: { message: Message; update: boolean }[] = [];
  beforeEach(() => {
    // The real module, as tslab sets it when a cell runs.
    require('tslab/dist/jupyter').lastWriteDisplayData = (message: Message, update: boolean) =>
      sent.push({ message, update });
    sent.length = 0;
    vi.useFakeTimers();
  });
  afterEach(() => {
    require('tslab/dist/jupyter').lastWriteDisplayData = null;
    vi.useRealTimers();
    vi.unstubAllEnvs();
  });

  it('sends one bundle a display, and prints nothing', () => {
    const log = vi.spyOn(console, 'log');
    log.mockClear();
    plot([], { alt: 'Nothing.' });
    linePlot({ a: [1] }, { alt: 'One point.' });
    table([{ a: 1 }]);
    expect(sent.map(({ message }) => Object.keys(message.data))).toEqual([
      [PLOTLY, 'text/plain'],
      [PLOTLY, 'text/plain'],
      ['text/html', 'text/plain'],
    ]);
    expect(sent.every(({ update }) => !update)).toBe(true);
    expect(log).not.toHaveBeenCalled();
  });

  it('says how large a display makes the notebook: a million points, a long text', () => {
    const log = vi.spyOn(console, 'log');
    log.mockClear();
    const waves = Float32Array.from({ length: 1e6 }, (_, i) => Math.sin(i / 1000));
    linePlot({ waves }, { alt: 'A wave.' });
    show(html`<pre>${'x'.repeat(2e6)}</pre>`, 'x');
    linePlot({ waves: waves.subarray(0, 50_000) }, { alt: 'A part of it.' });
    vi.stubEnv('GPT_HEADLESS', '0');
    const curves = livePlot({ alt: 'Loss falls.' });
    for (let step = 0; step < 200_000; step++) curves.add(step, { train: 1 / (step + 1) });
    curves.finish();
    const said = log.mock.calls.map(([line]) => /takes ([\d.]+) MB .*Show fewer/.exec(line)?.[1]);
    const size = (i: number) => (JSON.stringify(sent[i].message.data).length / 1e6).toFixed(1);
    expect(said).toEqual([size(0), '2.0', size(sent.length - 1)]);
    expect(Number(said[0])).toBeGreaterThan(5);
  });

  it('updates a live output in place, throttled, and ends with plotly', () => {
    const curves = livePlot({ alt: 'Loss falls.' });
    for (let step = 0; step < 100; step++) {
      curves.add(step, { train: 1 / (step + 1) });
      vi.advanceTimersByTime(10); // 1 s in all
    }
    curves.finish();
    expect(sent.length).toBeGreaterThanOrEqual(4);
    expect(sent.length).toBeLessThanOrEqual(6);
    expect(sent.map(({ update }) => update)).toEqual(sent.map((_, i) => i > 0));
    expect(new Set(sent.map(({ message }) => message.transient.display_id)).size).toBe(1);
    // JupyterLab's plotly renderer draws an output only once.
    expect(sent.slice(0, -1).every(({ message }) => 'text/html' in message.data)).toBe(true);
    expect(figureOf(sent[sent.length - 1].message).data[0].y).toHaveLength(100);
  });

  it('shows progress with times, in place', () => {
    const bar = progress(4, { label: 'training' });
    bar.update(0);
    vi.advanceTimersByTime(60_000);
    bar.update(1, 'loss 3');
    bar.update(2, 'too soon to be drawn');
    bar.finish('loss 2');
    expect(sent.map(({ message }) => textOf(message))).toEqual([
      'training 0 of 4, 0 s',
      'training 1 of 4, 60 s, about 3 min 0 s left: loss 3',
      'training 4 of 4, 60 s: loss 2',
    ]);
    expect(sent.map(({ update }) => update)).toEqual([false, true, true]);
  });

  it('headless, keeps only the final state and prints no times', () => {
    vi.stubEnv('GPT_HEADLESS', '1');
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    log.mockClear();
    const bar = progress(2, { label: 'training' });
    const curves = livePlot({ alt: 'Loss falls.' });
    for (const step of [1, 2]) {
      vi.advanceTimersByTime(60_000);
      bar.update(step, `loss ${3 / step}`);
      curves.add(step, { train: 3 / step });
    }
    bar.finish();
    curves.finish();
    expect(log.mock.calls).toEqual([['training 1/2: loss 3'], ['training 2/2: loss 1.5']]);
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({ update: false, message: { transient: {} } });
    expect(PLOTLY in sent[0].message.data).toBe(true);
  });
});

describe('in Portuguese', () => {
  beforeEach(() => {
    vi.stubEnv('GPT_LANG', 'pt');
    useTexts({
      Loss: 'Perda',
      'It falls.': 'Ela cai.',
      step: 'passo',
      train: 'treino',
      word: 'palavra',
      'all layers': 'todas as camadas',
      '{n} tokens': '{n} tokens',
      'special token': 'token especial',
      'one of two': 'uma de duas',
      lines: 'retas',
    });
  });
  afterEach(() => vi.unstubAllEnvs());

  it('a plot has its words and numbers in the language, and its modes stay', () => {
    const options = { alt: 'It falls.', title: 'Loss', xaxis: 'step' };
    const bundle = lineBundle({ train: new Array<number>(40).fill(1.5) }, options);
    const { data, layout } = figureOf(bundle);
    expect([data[0].name, data[0].mode]).toEqual(['treino', 'lines']);
    expect([layout.title.text, layout.xaxis.title.text]).toEqual(['Perda', 'passo']);
    expect(layout.separators).toBe(',.');
    expect(bundle.metadata.alt).toBe('Perda. Ela cai.');
    expect(textOf(bundle)).toBe('[plot] Perda. Ela cai.');
  });

  it('labels of bars and maps are translated, and values of cells have a comma', () => {
    const bars = figureOf(barBundle(['word', 'x'], [1, 2], { alt: 'It falls.' }));
    expect(bars.layout.xaxis.ticktext).toEqual(['palavra', 'x']);
    const map = heatmapBundle([[0.5, -0.001]], { alt: 'It falls.', columns: ['word', 'x'] });
    expect(figureOf(map).layout.xaxis.ticktext).toEqual(['palavra', 'x']);
    expect(figureOf(map).data[0].text).toEqual([['0,50', '0,00']]);
  });

  it('a table has its heads, cells, caption and numbers in the language', () => {
    const rows = [
      { word: 'all layers', step: 0.5 },
      { word: 'x', step: 3e-5 },
    ];
    expect(textOf(tableBundle(rows, { caption: 'Loss' })).split('\n')).toEqual([
      'Perda',
      'palavra            passo',
      '────────────────────────',
      'todas as camadas   0,500',
      'x                 3,0e-5',
    ]);
  });

  it('tokens stay as they are, their labels and legends do not', () => {
    expect(textOf(tokensBundle({ word: ['word', 'step'] }))).toBe('palavra (2 tokens)  word|step');
    const grid = gridBundle([[{ text: 'word', kind: 'special' }]], { rowLabels: ['one of two'] });
    expect(textOf(grid)).toMatch(/uma de duas  \*word\n\*x token especial/);
  });
});
