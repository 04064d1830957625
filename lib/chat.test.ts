import { describe, expect, test } from 'vitest';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { tf } from './backend';
import { chatForTests, readEvents, refusal, type Event } from './chat/testing/client';
import { classifyInSteps, partsOf } from './chat/classify';
import type { Send } from './chat/events';
import { generateInSteps } from './chat/generate';
import { saveTinyClassifier, SPAM } from './chat/testing/tiny-classifier';
import { ClassificationModel, Classifier, loadClassifier } from './classification';
import { generate, generateText } from './decoding';
import {
  answerAll,
  answerRange,
  extractResponse,
  formatPrompt,
  InstructionLoader,
  instructionTune,
  loadInstructionModel,
  streamAnswer,
} from './instruction';
import { GPTModel } from './model';
import { BPETokenizer } from './tokenizer';
import { GPT_MINI_DIR, loadPretrained } from './weights';

const t = chatForTests();

/** Events without the parts that differ from run to run: times, and the number of jobs ahead. */
const comparable = (events: Event[]) =>
  events
    .filter(([name]) => name !== 'waiting')
    .map(([name, data]) => [name, { ...data, ms: undefined }]);

describe('classifying', () => {
  test('tokens, answer, words and time come in this order, as the classifier says', async () => {
    const events = await t.chat.classify(SPAM);
    expect(events.map(([name]) => name)).toEqual(['tokens', 'result', 'words', 'done']);
    const [tokens, result, words, done] = events.map(([, data]) => data);
    const classifier = await loadClassifier(t.dir);
    const answer = classifier.classify(SPAM);
    const shown = tokens.tokens as { id: number; text: string }[];
    expect(shown.map(({ id }) => id)).toEqual(answer.tokens);
    expect(shown.map(({ text }) => text).join('')).toBe(SPAM);
    expect(result).toMatchObject({ label: 'spam', probabilities: answer.probabilities });
    const list = words.words as { word: string; without: number; effect: number }[];
    expect(list.map(({ word }) => word)).toEqual(SPAM.split(' '));
    const logOdds = (p: Record<string, number>) => Math.log(p.spam / p.ham);
    for (const { word, without, effect } of list) {
      const other = classifier.classify(
        SPAM.split(' ')
          .filter((each) => each !== word)
          .join(' '),
      );
      expect(without).toBeCloseTo(other.probabilities.spam, 5);
      const expected = logOdds(answer.probabilities) - logOdds(other.probabilities);
      expect(effect).toBeCloseTo(expected, 3);
    }
    expect(done.ms).toBeGreaterThanOrEqual(result.ms as number);
    classifier.dispose();
  });

  test('a long text is cut off, which is said; words are those that were read', async () => {
    const text = `${'see you at dinner é🦙 '.repeat(300)}free prize`;
    const [[, tokens], , [, words]] = await t.chat.classify(text);
    const {
      tokens: shown,
      dropped,
      maxLength,
      seen,
    } = tokens as unknown as {
      tokens: object[];
      dropped: number;
      maxLength: number;
      seen: number;
    };
    expect(shown).toHaveLength(maxLength);
    expect(dropped).toBeGreaterThan(1000);
    expect(seen).toBeLessThan(text.length / 10);
    const last = (words.words as { word: string; start: number }[]).at(-1)!;
    expect(last.start + last.word.length).toBeLessThanOrEqual(seen);
    expect(text.slice(last.start)).toMatch(new RegExp(`^${last.word}`));
  });

  test('where there are too many words, neighbours are left out together', () => {
    const text = ' a bb  ccc dd e ';
    expect(partsOf(text, 5).map(({ word }) => word)).toEqual(['a', 'bb', 'ccc', 'dd', 'e']);
    const joined = partsOf(text, 3);
    expect(joined.map(({ word }) => word)).toEqual(['a bb', 'ccc dd', 'e']);
    for (const { word, start } of joined) expect(text.startsWith(word, start)).toBe(true);
    expect(partsOf('', 3)).toEqual([]);
  });

  test('a single word has nothing to be compared with', async () => {
    const events = await t.chat.classify('prize');
    expect(events[2]).toEqual(['words', { words: [] }]);
  });

  test('a threshold is told where there is one: with two labels', async () => {
    for (const labels of [
      ['ham', 'spam'],
      ['negative', 'neutral', 'positive'],
    ]) {
      const small = { contextLength: 16, embDim: 8, nHeads: 1, nLayers: 1 };
      const tokenizer = BPETokenizer.train('call now', { vocabSize: 260 });
      const gpt = new GPTModel({ ...small, vocabSize: tokenizer.vocabSize });
      const model = new ClassificationModel(gpt, labels.length);
      const events: Event[] = [];
      const send: Send = (name, data) => void events.push([name, data as Event[1]]);
      const { signal } = new AbortController();
      await classifyInSteps(new Classifier({ model, tokenizer, labels }), 'call', send, signal);
      const [, result] = events.find(([name]) => name === 'result')!;
      expect(result.threshold).toBe(labels.length === 2 ? 0.5 : undefined);
      const most = Math.max(...Object.values(result.probabilities as Record<string, number>));
      expect(result.probability).toBe(most);
      model.dispose();
    }
  });

  test('health says how many parameters the language models have', async () => {
    const { model } = await loadPretrained('gpt-mini');
    expect((await t.chat.health()).parameters).toEqual({
      'gpt-mini': model.countParameters(),
      gpt2: 124_439_808, // as OpenAI published it, head tied
    });
    model.dispose();
  });

  test('another classifier in the folder is used from the next message on', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'chat-'));
    const other = await t.start({ classifierDir: folder });
    expect((await other.health()).models).toMatchObject({ classifier: false });
    expect(await refusal(await other.post('/api/classify', { text: 'hi' }))).toEqual([
      503,
      'no-model',
    ]);
    await saveTinyClassifier(folder);
    expect((await other.health()).models).toMatchObject({ classifier: true });
    const [, [, before]] = await other.classify(SPAM);
    const file = path.join(folder, 'classifier.json');
    const about = JSON.parse(fs.readFileSync(file, 'utf8')) as object;
    fs.writeFileSync(file, JSON.stringify({ ...about, threshold: 0.999999 }));
    const [, [, after]] = await other.classify(SPAM);
    expect([before.threshold, after.threshold]).toEqual([0.5, 0.999999]);
    fs.writeFileSync(file, '{}'); // half written: the earlier classifier stays in use
    const [, [, kept]] = await other.classify(SPAM);
    expect(kept.threshold).toBe(0.999999);
    expect(String(t.errors.pop())).toMatch(/classifier\.json/);
    fs.rmSync(folder, { recursive: true });
  });
});

describe('generating', () => {
  test('the tokens are those of `generate`, with the model’s own probabilities', async () => {
    const { model, tokenizer } = await loadPretrained('gpt-mini');
    const prompt = 'É uma verdade '.repeat(120); // longer than the context: the window moves
    const options = { maxNewTokens: 6, temperature: 0.9, topK: 50, topP: 0.9, seed: 3 };
    const expected: number[] = [];
    const ids = tokenizer.encode(prompt);
    for await (const id of generate(model, ids, options)) expected.push(id);
    const events = await t.chat.generate({ prompt, ...options });
    const tokens = events.filter(([name]) => name === 'token').map(([, data]) => data);
    expect(tokens.map(({ id }) => id)).toEqual(expected);
    expect(events[0]).toEqual([
      'prompt',
      { text: prompt, tokens: ids.length, dropped: ids.length - 256, contextLength: 256 },
    ]);
    expect(events.at(-1)).toMatchObject(['done', { ended: 'length', tokens: 6 }]);
    const text = tokens.map((token) => token.text).join('') + String(events.at(-1)![1].rest);
    expect(text).toBe(tokenizer.decode(expected));

    const first = tf.tidy(() => {
      const logits = model.forward([ids.slice(-256)], { lastOnly: true });
      return tf.softmax(logits.reshape([-1])).dataSync();
    });
    expect(tokens[0].probability).toBeCloseTo(first[expected[0]], 4);
    expect(tokens[0].rank).toBe(1 + first.filter((p) => p > first[expected[0]]).length);
    const candidates = tokens[0].candidates as { probability: number }[];
    const falling = [...first].sort((a, b) => b - a).slice(0, 5);
    candidates.forEach((each, i) => expect(each.probability).toBeCloseTo(falling[i], 4));
    model.dispose();
  });

  test('special tokens in a prompt are plain text', async () => {
    const [[, prompt]] = await t.chat.generate({ prompt: '<|endoftext|>', maxNewTokens: 1 });
    expect(prompt.tokens).toBeGreaterThan(1);
  });

  test('a client that leaves stops the model', async () => {
    const before = await t.chat.idle();
    const leave = new AbortController();
    const body = { prompt: 'Era uma vez', maxNewTokens: 500 };
    const response = await t.chat.post('/api/generate', body, { signal: leave.signal });
    await response.body!.getReader().read();
    expect((await t.chat.health()).running).toBe(1);
    leave.abort();
    expect(await t.chat.idle()).toBe(before);
  });

  test('it stops within one token', async () => {
    const writer = await loadPretrained('gpt-mini');
    const left = new AbortController();
    let tokens = 0;
    const send: Send = (name) => {
      if (name === 'token' && ++tokens === 3) left.abort(new Error('gone'));
    };
    const sampling = { maxNewTokens: 50, temperature: 0, topP: 1, seed: 0 };
    const writing = generateInSteps(writer, 'Era uma vez', sampling, send, left.signal);
    await expect(writing).rejects.toThrow('gone');
    expect(tokens).toBe(3);
    writer.model.dispose();
  });

  test('other requests are answered while a text is generated', async () => {
    const leave = new AbortController();
    const body = { prompt: 'Era uma vez '.repeat(100), maxNewTokens: 500 };
    await t.chat.post('/api/generate', body, { signal: leave.signal });
    const events = await t.chat.classify(SPAM);
    expect(events.at(-1)![0]).toBe('done');
    expect((await t.chat.health()).running).toBe(1); // still
    leave.abort();
    await t.chat.idle();
  });
});

describe('many at once', () => {
  const texts = Array.from({ length: 200 }, (_, i) => `call ${i} to claim your prize ${i % 7}`);

  test('200 requests together get the answers that they get alone', async () => {
    const alone: unknown[] = [];
    for (const text of texts) alone.push(comparable(await t.chat.classify(text)));
    const before = await t.chat.idle();
    const together = await Promise.all(texts.map((text) => t.chat.classify(text)));
    expect(together.map(comparable)).toEqual(alone);
    expect(together.some(([[name]]) => name === 'waiting')).toBe(true);
    expect(await t.chat.idle()).toBe(before);
  });

  test('beyond the queue 503 comes at once, and afterwards all is well', async () => {
    const small = await t.start({ maxWaiting: 3 });
    const requests = texts.slice(0, 40).map((text) => small.post('/api/classify', { text }));
    const responses = await Promise.all(requests);
    const refused = responses.filter(({ status }) => status === 503);
    expect(refused.length).toBeGreaterThan(0);
    for (const each of refused) expect(await refusal(each)).toEqual([503, 'busy']);
    for (const each of responses.filter(({ status }) => status === 200)) {
      expect(readEvents(await each.text()).at(-1)![0]).toBe('done');
    }
    await small.idle();
    expect((await small.classify(SPAM)).at(-1)![0]).toBe('done');
  });

  test('100 clients that leave at different moments leave nothing behind', async () => {
    const before = await t.chat.idle();
    await Promise.all(
      texts.slice(0, 100).map(async (text, i) => {
        const signal = AbortSignal.timeout(1 + 5 * i);
        const body = i % 2 ? { text } : { prompt: text, maxNewTokens: 20 };
        try {
          await (
            await t.chat.post(i % 2 ? '/api/classify' : '/api/generate', body, { signal })
          ).text();
        } catch (error) {
          expect((error as Error).name).toBe('TimeoutError');
        }
      }),
    );
    expect(await t.chat.idle()).toBe(before);
    expect((await t.chat.classify(SPAM)).at(-1)![0]).toBe('done');
  });

  test('a stopping server ends its requests with a word', async () => {
    const other = await t.start();
    const response = other.post('/api/generate', { prompt: 'Once', maxNewTokens: 500 });
    const text = (await response).text();
    await other.close();
    const [name, data] = readEvents(await text).at(-1)!;
    expect([name, data.code]).toEqual(['error', 'stopping']);
    await expect(fetch(other.url)).rejects.toThrow();
  });
});

describe('instructions', () => {
  test('the answer is that of notebook 7, and the prompt is shown', async () => {
    const other = await t.start({ instructionDir: GPT_MINI_DIR });
    const task = { instruction: 'Name a colour.', input: 'The sea.' };
    const options = { maxNewTokens: 12, temperature: 0 };
    const events = await other.stream('/api/instruct', { ...task, ...options });
    expect(events[0]).toMatchObject(['prompt', { text: formatPrompt(task) }]);
    const tokens = events.filter(([name]) => name === 'token').map(([, { text }]) => text);
    const model = await loadInstructionModel(GPT_MINI_DIR);
    let expected = '';
    for await (const piece of streamAnswer(model, task, options)) expected += piece;
    expect((tokens.join('') + (events.at(-1)![1].rest as string)).trimStart()).toBe(expected);
    model.model.dispose();
  });

  test('without a model it says so', async () => {
    const none = await t.start({ instructionDir: `${t.dir}-absent` });
    expect((await none.health()).models).toMatchObject({ instruction: false });
    const response = await none.post('/api/instruct', { instruction: 'Name a colour.' });
    expect(await refusal(response)).toEqual([503, 'no-model']);
  });

  const shownBy = async (
    writer: Parameters<typeof generateInSteps>[0],
    prompt: string,
    more: Partial<Parameters<typeof generateInSteps>[2]>,
  ) => {
    const events: Event[] = [];
    const send: Send = (name, data) => void events.push([name, data as Event[1]]);
    const sampling = { maxNewTokens: 20, temperature: 0, topP: 1, seed: 0, ...more };
    await generateInSteps(writer, prompt, sampling, send, new AbortController().signal);
    const tokens = events.filter(([name]) => name === 'token').map(([, { text }]) => text);
    return { tokens, text: tokens.join(''), done: events.at(-1)![1] };
  };

  test('a text ends where it should, within a token too, and nothing beyond is sent', async () => {
    const writer = await loadPretrained('gpt-mini');
    const write = (stop: string) =>
      shownBy(writer, 'Era uma vez', {
        range: (text, complete) => {
          const at = text.indexOf(stop);
          const sure = complete ? text.length : Math.max(0, text.length - stop.length + 1);
          return { end: at < 0 ? sure : at, over: at >= 0 };
        },
      });
    const all = await write('### absent');
    expect(all).toMatchObject({ done: { ended: 'length', tokens: 20 } });
    const stop = all.text.slice(-12, -6); // neither begins nor ends with a token, most likely
    const cut = await write(stop);
    expect(cut.done).toMatchObject({ ended: 'end of text', tokens: cut.tokens.length, rest: '' });
    expect(cut.text).toBe(all.text.slice(0, all.text.indexOf(stop)));
    expect(cut.tokens.slice(0, -1)).toEqual(all.tokens.slice(0, cut.tokens.length - 1));
    writer.model.dispose();
  });

  test('an answer that goes on with a task of its own ends in the same place everywhere', async () => {
    const goingOn = [
      'yes.\n\n### Instruction:\nSay no.\n\n### Response:\nno',
      'A\n### Input :\nno',
      '### Response:\nno',
      `no\n${formatPrompt({ instruction: 'B' })}no`,
    ];
    const records = goingOn.map((output, i) => ({ instruction: `Say ${i}`, input: '', output }));
    const text = records.map((each) => formatPrompt(each) + each.output).join('\n');
    const tokenizer = BPETokenizer.train(text.repeat(3), {
      vocabSize: 400,
      specialTokens: ['<|endoftext|>'],
    });
    const config = { vocabSize: tokenizer.vocabSize, contextLength: 128, embDim: 32, nHeads: 2 };
    const model = new GPTModel({ ...config, nLayers: 1, dropRate: 0 }, { seed: 1 });
    const loader = new InstructionLoader(records, tokenizer, { maskInstruction: true });
    const tuning = { steps: 80, learningRate: 0.02, quiet: true };
    await instructionTune(model, loader, undefined, tuning);
    const written = await Promise.all(
      records.map(async (record) => {
        let made = '';
        const ids = tokenizer.encode(formatPrompt(record));
        for await (const piece of generateText(model, tokenizer, ids, { maxNewTokens: 80 }))
          made += piece;
        return made;
      }),
    );
    expect(written).toEqual(goingOn); // it has learned to go on
    const expected = ['yes.', 'A', '', 'no'];
    expect(written.map(extractResponse)).toEqual(expected);
    const answers = await answerAll({ model, tokenizer }, records, { quiet: true });
    expect(answers.map(({ response }) => response)).toEqual(expected);
    expect(answers.map(({ finish }) => finish)).toEqual(expected.map(() => 'stop'));
    for (const [i, record] of records.entries()) {
      let streamed = '';
      for await (const piece of streamAnswer({ model, tokenizer }, record, { stopStrings: ['es'] }))
        streamed += piece;
      expect(streamed).toBe(i ? expected[i] : 'y'); // the caller's end beside its own
      const options = { maxNewTokens: 80, range: answerRange };
      const shown = await shownBy({ model, tokenizer }, formatPrompt(record), options);
      expect(shown.text + (shown.done.rest as string)).toBe(expected[i]);
      expect(shown.done.ended).toBe('end of text');
    }
    model.dispose();
  });
});
