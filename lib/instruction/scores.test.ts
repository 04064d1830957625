import { beforeAll, describe, expect, test } from 'vitest';
import { initBackend } from '../backend';
import fixture from '../fixtures/answer-scores.json';
import { tinyConfig } from '../fixtures/reference';
import { GPTModel } from '../model';
import { BPETokenizer } from '../tokenizer';
import { findNearDuplicates, SimilarTexts } from './duplicates';
import {
  bleu,
  bootstrapInterval,
  exactMatch,
  referencePerplexity,
  rougeL,
  scoreAnswers,
  trivialAnswers,
} from './scores';

beforeAll(async () => {
  await initBackend();
});

const answers = fixture.pairs.map(([answer]) => answer);
const references = fixture.pairs.map(([, reference]) => reference);

describe('against the Python packages', () => {
  test.each(fixture.pairs.map(([answer, reference], i) => [answer, reference, fixture.rouge_l[i]]))(
    'ROUGE-L of %j and %j is rouge-score’s',
    (answer, reference, expected) => {
      expect(rougeL(answer as string, reference as string)).toBeCloseTo(expected as number, 9);
    },
  );

  test.each(fixture.sets.map((set, i) => [set, fixture.bleu[i]] as const))(
    'BLEU of the answers %j is sacrebleu’s',
    (set, expected) => {
      const pick = (list: string[]) => set.map((i) => list[i]);
      expect(bleu(pick(answers), pick(references))).toBeCloseTo(expected, 6);
    },
  );

  test('similarities are scikit-learn’s, of the texts and of another', () => {
    const index = new SimilarTexts(fixture.texts);
    fixture.texts.forEach((text, i) => {
      index.similarities(text).forEach((similarity, j) => {
        expect(similarity).toBeCloseTo(fixture.similarity[i][j], 9);
      });
    });
    index.similarities(fixture.query).forEach((similarity, j) => {
      expect(similarity).toBeCloseTo(fixture.query_similarity[j], 9);
    });
  });

  test('near duplicates are the pairs above the threshold, the most similar first', async () => {
    const pairs = await findNearDuplicates(fixture.texts, { threshold: 0.8 });
    const expected = fixture.similarity.flatMap((row, first) =>
      row.flatMap((similarity, second) =>
        second > first && similarity >= 0.8 ? [{ first, second, similarity }] : [],
      ),
    );
    expect(pairs).toHaveLength(expected.length);
    expect(pairs[0]).toMatchObject({ first: 0, second: 2 });
    expect(pairs[0].similarity).toBeCloseTo(1, 9);
    await expect(findNearDuplicates([], {})).rejects.toThrow('at least one text');
    await expect(findNearDuplicates(['a'], { threshold: 0 })).rejects.toThrow('threshold');
    const signal = AbortSignal.abort();
    await expect(findNearDuplicates(['a'], { signal })).rejects.toThrow('abort');
  });
});

test('ROUGE-L keeps accents, and nothing scores nothing', () => {
  expect(rougeL('O avô saiu', 'A avó saiu')).toBeCloseTo(1 / 3, 9);
  for (const text of ['', '  ', '...']) {
    expect(rougeL(text, 'a')).toBe(0);
    expect(rougeL('a', text)).toBe(0);
  }
});

test('exact except for white space', () => {
  expect(exactMatch(' a  b\n', 'a b')).toBe(true);
  expect(exactMatch('A b', 'a b')).toBe(false);
});

test('the bootstrap interval holds the mean and narrows with more values', () => {
  const values = Array.from({ length: 40 }, (_, i) => i % 2);
  const [low, high] = bootstrapInterval(values);
  // Quantiles 0.025 and 0.975 of the binomial distribution of 40 throws, divided by 40.
  expect(low).toBeCloseTo(14 / 40, 9);
  expect(high).toBeCloseTo(26 / 40, 9);
  const [lowMany, highMany] = bootstrapInterval(Array(25).fill(values).flat());
  expect((high - low) / (highMany - lowMany)).toBeCloseTo(5, 0);
  expect(bootstrapInterval([3, 3])).toEqual([3, 3]);
  expect(bootstrapInterval(values)).toEqual([low, high]);
  expect(() => bootstrapInterval([])).toThrow('at least one value');
});

test('all scores together', () => {
  const scores = scoreAnswers(answers, references);
  expect(scores.exactMatch).toBeCloseTo(2 / answers.length, 9);
  const mean = fixture.rouge_l.reduce((a, b) => a + b, 0) / answers.length;
  expect(scores.rougeL).toBeCloseTo(mean, 9);
  expect(scores.rougeLInterval[0]).toBeLessThan(mean);
  expect(scores.bleu).toBeCloseTo(fixture.bleu[0], 6);
  expect(() => scoreAnswers([], [])).toThrow('one reference for each');
  expect(() => bleu(['a'], [])).toThrow('got 0 for 1');
});

test('trivial answers: the input or instruction, one for all, that of the most similar task', () => {
  const train = [
    { instruction: 'Name the capital of France.', input: '', output: 'The capital is Paris.' },
    { instruction: 'Name the capital of Italy.', input: '', output: 'The capital is Rome.' },
    { instruction: 'Correct the sentence.', input: 'He go home.', output: 'He goes home.' },
  ];
  const tasks = [
    { instruction: 'Correct the sentence.', input: 'He go out.', output: 'He goes out.' },
    { instruction: 'Name the capital of Italia.', input: '', output: 'The capital is Rome.' },
  ];
  const { echo, constant, nearest } = trivialAnswers(tasks, train);
  expect(echo).toEqual(['He go out.', 'Name the capital of Italia.']);
  expect(new Set(constant).size).toBe(1);
  expect(constant[0]).toMatch(/^The capital is/);
  expect(nearest).toEqual(['He goes home.', 'The capital is Rome.']);
});

test('the perplexity of the reference answers is exp of the mean loss of their tokens', async () => {
  const tokenizer = BPETokenizer.train('', { vocabSize: 257, specialTokens: ['<|endoftext|>'] });
  const model = new GPTModel({ ...tinyConfig, vocabSize: 257, contextLength: 256 }, { seed: 1 });
  const records = [
    { instruction: 'Hi', input: '', output: 'Hello.' },
    { instruction: 'Name a bird.', input: '', output: 'A crow' },
  ];
  const got = await referencePerplexity(model, tokenizer, records);
  // An untrained model hesitates among all tokens.
  expect(got).toBeGreaterThan(200);
  expect(got).toBeLessThan(320);
  model.dispose();
});
