import { expect, test } from 'vitest';
import { publishedCase } from '../fixtures/reference';
import { BPETokenizer } from '../tokenizer';
import { encodeExample } from './batches';
import { extractResponse, formatExample, formatPrompt } from './prompt';

const spelling = {
  instruction: 'Identify the correct spelling of the following word.',
  ...{ input: 'Ocassion', output: "The correct spelling is 'Occasion.'" },
};
const antonym = {
  instruction: "What is an antonym of 'complicated'?",
  ...{ input: '', output: "An antonym of 'complicated' is 'simple'." },
};

test('the form has exactly the published ids, with an input and without', () => {
  const { index50_ids, index999_ids } = publishedCase('ch07_dataset').expected;
  const gpt2 = BPETokenizer.gpt2();
  expect(encodeExample(gpt2, spelling).ids).toEqual(index50_ids);
  expect(encodeExample(gpt2, antonym).ids).toEqual(index999_ids);
  expect(gpt2.encode(formatExample(spelling))).toEqual(index50_ids);
});

test('the prompt ends where the answer begins', () => {
  expect(formatPrompt(antonym)).toBe(
    'Below is an instruction that describes a task. Write a response that appropriately ' +
      "completes the request.\n\n### Instruction:\nWhat is an antonym of 'complicated'?\n\n" +
      '### Response:\n',
  );
  expect(formatPrompt(spelling)).toContain('word.\n\n### Input:\nOcassion\n\n### Response:\n');
  expect(formatPrompt({ instruction: 'Sing.' })).toBe(
    formatPrompt({ instruction: 'Sing.', input: '' }),
  );
  const { ids, promptLength } = encodeExample(BPETokenizer.gpt2(), spelling);
  expect(BPETokenizer.gpt2().decode(ids.slice(promptLength))).toBe(spelling.output);
});

test.each([
  ['an answer alone', ' Simple. ', 'Simple.'],
  ['after its prompt', formatExample(spelling), spelling.output],
  ['up to the end of text', 'Simple.<|endoftext|>Hard.', 'Simple.'],
  ['up to a task of its own', 'Simple.\n\n### Instruction:\nSing.', 'Simple.'],
  ['up to a second answer', `${formatPrompt(antonym)}Simple.\n\n### Response:\nHard.`, 'Simple.'],
  ['an answer of two paragraphs', 'One.\n\nTwo.', 'One.\n\nTwo.'],
  ['no answer', formatPrompt(antonym), ''],
])('extracts %s', (_, text, answer) => {
  expect(extractResponse(text)).toBe(answer);
});
