/** Sending requests to the server. */

/** A failed request, with the server's code for the reason. */
export class RequestError extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/**
 * Posts JSON and yields the server-sent events of the answer, each as `[name, data]`.
 *
 * @throws RequestError if the server refuses, does not answer or breaks off; AbortError
 *   if `signal` is aborted
 */
export async function* events(path, body, signal) {
  const headers = { 'content-type': 'application/json' };
  const options = { method: 'POST', headers, body: JSON.stringify(body), signal };
  const response = await reach(() => fetch(path, options), 'unreachable');
  if (!response.ok) {
    const { code = 'other', message = response.statusText } = await response
      .json()
      .catch(() => ({}));
    throw new RequestError(code, message);
  }
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const { done, value } = await reach(() => reader.read(), 'broken');
    if (done) return;
    const blocks = (text + value).split('\n\n');
    text = blocks.pop();
    for (const block of blocks) {
      const [, name, data] = /^event: (.*)\ndata: (.*)$/.exec(block);
      if (name === 'error') {
        const { code, message } = JSON.parse(data);
        throw new RequestError(code, message);
      }
      yield [name, JSON.parse(data)];
    }
  }
}

/** Runs a network action and turns its failure into a RequestError with this code. */
async function reach(action, code) {
  try {
    return await action();
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new RequestError(code, error.message);
  }
}

/** The server's state, or undefined if it does not answer. */
export async function health() {
  try {
    const response = await fetch('/health', { signal: AbortSignal.timeout(5000) });
    return response.ok ? await response.json() : undefined;
  } catch {
    return undefined;
  }
}
