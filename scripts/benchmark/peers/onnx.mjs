// The child that measures onnxruntime-node, which is what transformers.js runs on in Node: greedy
// decoding with keys and values handed on from step to step. Speaks as worker.ts does.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const job = JSON.parse(process.argv[2]);
// Not a package of this project: it is where the peers are.
const ort = createRequire(`${job.packages}/`)('onnxruntime-node');
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

const session = await ort.InferenceSession.create(`${job.dir}.onnx`);
const { n_layer, n_head, n_embd } = JSON.parse(fs.readFileSync(`${job.dir}/config.json`, 'utf8'));
const bytes = fs.readFileSync(job.tokens);
const tokens = Array.from(new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2));

function argmax(values) {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}

/** Every new token of the first row, and how many tokens a second after the first. */
async function run({ batch, prompt, newTokens }) {
  const names = Array.from({ length: n_layer }, (_, i) => [`key.${i}`, `value.${i}`]).flat();
  const empty = () =>
    new ort.Tensor('float32', new Float32Array(0), [batch, n_head, 0, n_embd / n_head]);
  let past = names.map(empty);
  let rows = Array.from({ length: batch }, (_, row) =>
    tokens.slice(row * prompt, (row + 1) * prompt),
  );
  const chosen = [];
  const times = [];
  for (let step = 0; step < newTokens; step++) {
    const ids = BigInt64Array.from(rows.flat(), BigInt);
    const feeds = { ids: new ort.Tensor('int64', ids, [batch, rows[0].length]) };
    names.forEach((name, i) => (feeds[`past_${name}`] = past[i]));
    const out = await session.run(feeds);
    past = names.map((name) => out[`present_${name}`]);
    const { data, dims } = out.logits;
    rows = rows.map((_, row) => [argmax(data.subarray(row * dims[1], (row + 1) * dims[1]))]);
    chosen.push(rows[0][0]);
    times.push(performance.now());
  }
  const seconds = (times[times.length - 1] - times[0]) / 1000;
  return { ids: chosen, value: (batch * (newTokens - 1)) / seconds };
}

const outputs = [];
for (const point of job.points) outputs.push((await run(point)).ids.join(' '));
say({ outputs });
for await (const line of createInterface({ input: process.stdin })) {
  say({ value: (await run(job.points[Number(line)])).value });
}
say({ peakMB: process.resourceUsage().maxRSS / 1024 });
