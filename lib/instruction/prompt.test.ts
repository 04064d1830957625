import { expect, test } from 'vitest';
import { publishedCase } from '../fixtures/reference';
import { BPETokenizer } from '../tokenizer';
import { encodeExample } from './batches';
import { answerRange, extractResponse, formatPrompt, type InstructionRecord } from './prompt';

const formatExample = (record: InstructionRecord) => formatPrompt(record) + record.output;

const spelling = {
  instruction: 'Identify the correct spelling of the following word.',
  input: 'Ocassion',
  output: "The correct spelling is 'Occasion.'",
};
const antonym = {
  instruction: "What is an antonym of 'complicated'?",
  input: '',
  output: "An antonym of 'complicated' is 'simple'.",
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
  ['up to a whole example', `Simple.\n\n${formatExample(spelling)}`, 'Simple.'],
  [
    'after the prompt alone, up to a task',
    `${formatExample(antonym)}\n\n### Input:\nx`,
    antonym.output,
  ],
  [
    'after a task that names the heading',
    formatExample({ ...antonym, instruction: 'Write ### Response: twice.' }),
    antonym.output,
  ],
])('extracts %s', (_, text, answer) => {
  expect(extractResponse(text)).toBe(answer);
});

test.each([
  ['a task of its own, with its answer', 'A\n\n### Instruction:\nSay B\n\n### Response:\nB', 'A'],
  ['an input', ' A.\n### Input:\nB', 'A.'],
  ['a second answer in the same line', 'A ### Response: B', 'A'],
  ['no white space', 'A###Instruction:B', 'A'],
  ['other white space', 'A\r\n\r\n###\t\nInstruction :\r\nB', 'A'],
  ['a deeper heading', 'A\n#### Response:\nB', 'A'],
  ['the preamble of an example without an input', `A\n\n${formatPrompt(antonym)}`, 'A'],
  [
    'the preamble of one with an input',
    'A\nBelow is an instruction that describes a task, paired with an input that provides context.',
    'A',
  ],
  ['end of text', 'A<|endoftext|>B', 'A'],
  ['a marker at once', '### Response:\nB', ''],
  ['nothing but white space', ' \n\n', ''],
  ['a marker that is cut off', 'A\n\n### Instr', 'A'],
  ['a preamble that is cut off', 'A\n\nBelow is an instruction that desc', 'A'],
  ['an end of text that is cut off', 'A<|endof', 'A'],
  ['another heading', '# A\n### Summary:\nB\n### Responses', '# A\n### Summary:\nB\n### Responses'],
  ['two marks only', '## Input: B', '## Input: B'],
  ['the marks alone', 'A third heading begins with ###', 'A third heading begins with ###'],
  ['words of the preamble', 'Below is an answer. Be', 'Below is an answer. Be'],
  ['the words without their marks', 'Instruction: A\nResponse: B', 'Instruction: A\nResponse: B'],
])(
  'an answer with %s ends where it should, and nothing beyond it is ever shown',
  (_, text, answer) => {
    const { start, end } = answerRange(text);
    expect(text.slice(start, end)).toBe(answer);
    // One character at a time, which is the worst case.
    for (let length = 0; length <= text.length; length++) {
      const shown = answerRange(text.slice(0, length), false);
      expect(answer.startsWith(text.slice(0, length).slice(shown.start, shown.end))).toBe(true);
      if (shown.over) expect(text.slice(shown.start, shown.end)).toBe(answer);
    }
  },
);

test('a long answer of marks or white space is read at once', () => {
  // A pattern that starts again at each mark would take minutes.
  for (const text of ['#'.repeat(300_000), `### ${' '.repeat(300_000)}x`, '# '.repeat(150_000)]) {
    for (const complete of [true, false]) expect(answerRange(text, complete).over).toBe(false);
  }
});
