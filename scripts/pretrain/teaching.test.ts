import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { initBackend, tf } from '../../lib/backend';
import { GPTModel } from '../../lib/model';
import { BPETokenizer } from '../../lib/tokenizer';
import { skillRecords, SKILLS } from './skills';
import { isHeldOut } from './skills/draw';
import { isAccepted, readExam, takeExam, teach, teachingTables } from './teaching';
import { testTasks } from './test-texts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'gpt-exam-'));
beforeAll(() => initBackend());
afterAll(() => fs.rmSync(folder, { recursive: true }));

const TASK = {
  language: 'en' as const,
  kind: 'plural',
  instruction: 'plural pls',
  input: 'cat',
  answers: ['cats', 'two cats'],
};

function exam(content: unknown): string {
  const file = path.join(folder, 'exam.json');
  fs.writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

test('an exam is read, and a wrong one is named with its field', () => {
  expect(readExam(exam([TASK]))).toEqual([TASK]);
  expect(() => readExam(path.join(folder, 'none.json'))).toThrow(/The exam .*none\.json cannot/);
  expect(() => readExam(exam('[{'))).toThrow(/cannot be read/);
  expect(() => readExam(exam([]))).toThrow(/the exam: /);
  expect(() => readExam(exam([TASK, { ...TASK, answers: [] }]))).toThrow(/1\.answers: /);
  expect(() => readExam(exam([{ ...TASK, answer: 'cats' }]))).toThrow(/answer/);
});

test('an answer counts with either case, quotes of either kind and a full stop, and no other', () => {
  const answers = ['cats', '"Hi there"'];
  for (const written of [
    'cats',
    ' Cats.\n',
    'CATS!',
    '“hi there”',
    'cats\n\n### Instruction:\nX',
  ]) {
    expect(isAccepted(written, answers), written).toBe(true);
  }
  for (const written of ['', 'cat', 'cats cats', 'the cats', 'hi there', 'cats?']) {
    expect(isAccepted(written, answers), written).toBe(false);
  }
});

test.each(['en', 'pt'] as const)(
  'records hold the words of the training text alone: %s',
  (language) => {
    const records = skillRecords(language, 600, 1);
    expect(records).toEqual(skillRecords(language, 600, 1));
    for (const record of records) {
      expect(record.output).not.toBe('');
      expect(record.instruction + record.input).not.toMatch(/[{}]/);
    }
    const apart = records.filter(({ input }) => input !== '').length;
    expect(apart).toBeGreaterThan(120);
    expect(apart).toBeLessThan(400);
    const plurals = records.filter(({ instruction, input }) => /plural/.test(instruction) && input);
    expect(plurals.length).toBeGreaterThan(3);
  },
);

test('tasks as instructions ask about held-out words, and are none of the records', () => {
  for (const language of ['en', 'pt'] as const) {
    const asked = testTasks(language, 30, true);
    expect(asked.map(([{ kind }]) => kind)).toEqual(SKILLS[language].map(({ kind }) => kind));
    const prompts = asked.flat().map(({ prompt }) => prompt);
    expect(prompts.every((prompt) => prompt.endsWith('### Response:\n'))).toBe(true);
    const plain = asked.find(([{ kind }]) => kind === 'first')!;
    for (const { answer } of plain) expect(isHeldOut(answer), answer).toBe(true);
  }
});

test('teaching changes a copy and is measured', async () => {
  const tokenizer = BPETokenizer.train('cat cats Below is an instruction', {
    vocabSize: 270,
    specialTokens: ['<|endoftext|>'],
  });
  const shape = { nLayers: 1, nHeads: 1, embDim: 8, contextLength: 512, dropRate: 0 };
  const model = new GPTModel({ ...shape, vocabSize: tokenizer.vocabSize }, { seed: 1 });
  const teaching = { records: 16, batch: 8, rate: 0.01 };
  const before = Array.from(model.wte.dataSync());
  const tensors = tf.memory().numTensors;
  const pupil = await teach({ model, tokenizer }, teaching);
  expect(Array.from(model.wte.dataSync())).toEqual(before);
  expect(Array.from(pupil.wte.dataSync())).not.toEqual(before);
  const [taken] = await takeExam({ model: pupil, tokenizer }, [TASK]);
  expect(taken).toMatchObject({ instruction: TASK.instruction, right: false });
  pupil.dispose();
  const text = await teachingTables({ model, tokenizer }, teaching, { exam: [TASK], tasks: 1 });
  expect(text).toContain('An exam of 1 tasks');
  expect(text).toContain('0.0 % of 1 in English).');
  expect(tf.memory().numTensors).toBe(tensors);
  model.dispose();
}, 120_000);
