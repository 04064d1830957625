import { expect, test } from 'vitest';
import { temporaryFolder } from '../data';
import { judge, serveJudge } from '../instruction';

test('a judge that a function answers for is asked as any other', async () => {
  const { server, close } = await serveJudge('length', (question) => {
    const [, answer] = /<answer>\n([^]*)\n<\/answer>/.exec(question)!;
    return answer === 'none' ? 'I like it' : `${10 * answer.length}`;
  });
  const { folder: cacheDir, dispose } = temporaryFolder('gpt-test');
  const answers = ['three', 'none'].map((response) => ({
    instruction: 'Count.',
    input: '',
    output: '3',
    response,
  }));
  const { scores, unparsable, asked } = await judge(answers, { server, cacheDir, quiet: true });
  expect(server.model).toBe('length');
  expect({ scores, unparsable, asked }).toEqual({
    scores: [50, undefined],
    unparsable: 1,
    asked: 2,
  });
  await close();
  dispose();
  await expect(fetch(server.url)).rejects.toThrow();
});
