/**
 * A local stand-in for a judge, whose answers a function gives, for trying the code around a judge.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JudgeServer } from './judge-server';

/**
 * Starts a server that speaks OpenAI's protocol.
 *
 * @param model the name of the model that it pretends to be
 * @param reply gives the answer to a question
 */
export async function serveJudge(
  model: string,
  reply: (question: string) => string,
): Promise<{ server: JudgeServer; close(): Promise<void> }> {
  const http = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { messages } = JSON.parse(Buffer.concat(parts).toString()) as {
        messages: { content: string }[];
      };
      const message = { role: 'assistant', content: reply(messages[0].content) };
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ choices: [{ index: 0, message, finish_reason: 'stop' }] }));
    });
  });
  await new Promise<void>((ready) => http.listen(0, '127.0.0.1', ready));
  const { port } = http.address() as AddressInfo;
  return {
    server: { url: `http://127.0.0.1:${port}/v1`, model },
    close: () => new Promise((closed) => http.close(() => closed())),
  };
}
