import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { mutate, randomBelow } from '../fixtures/mutated-safetensors';
import library from '../fixtures/safetensors-verdicts.json';
import { SafetensorsError } from './safetensors-header';
import { parseSafetensors, type Safetensors } from './safetensors';

const named = library.named.map(({ base64, ...rest }) => ({
  ...rest,
  content: gunzipSync(Buffer.from(base64, 'base64')),
}));

/** Our verdict on a file; an error of any other kind is thrown. */
function judge(content: Uint8Array): SafetensorsError | Safetensors {
  try {
    return parseSafetensors(content);
  } catch (error) {
    if (error instanceof SafetensorsError) return error;
    throw error;
  }
}

const verdict = (said: SafetensorsError | Safetensors) =>
  said instanceof SafetensorsError ? said.reason : 'accepted';

/** We are stricter in one thing: no object of the header may have a key twice. */
function agree(ours: string, theirs: string, duplicate: boolean): boolean {
  if (duplicate && ours === 'DuplicateKey') return true;
  if (duplicate && theirs !== 'InvalidHeaderDeserialization') return false;
  return theirs === 'rejected' ? ours !== 'accepted' : ours === theirs;
}

describe('says of a malformed file what the safetensors library says', () => {
  test('there are at least 74', () => {
    expect(named.filter((one) => one.verdict !== 'accepted').length).toBeGreaterThanOrEqual(74);
  });

  test.each(named)('$name', ({ content, verdict: theirs, duplicate, tensor }) => {
    const ours = judge(content);
    expect(verdict(ours)).toBe(duplicate ? 'DuplicateKey' : theirs);
    if (!(ours instanceof SafetensorsError)) return;
    if (tensor !== null && !duplicate) expect(ours.tensor).toBe(tensor);
    expect(ours.message).not.toContain('\n');
    expect(ours.message.length).toBeLessThan(300);
  });
});

test(`says of ${library.mutated.count} mutated files what the safetensors library says`, () => {
  const { seed, count, codes, files_sha256, contents_sha256 } = library.mutated;
  const verdicts = gunzipSync(Buffer.from(library.mutated.verdicts, 'base64'));
  const bases = named
    .filter((one) => one.verdict === 'accepted' && one.content.length < 300)
    .map((one) => one.content);
  const below = randomBelow(seed);
  const files = createHash('sha256');
  const contents = createHash('sha256');
  const size = Buffer.alloc(4);
  Error.stackTraceLimit = 0; // half of the time
  for (let i = 0; i < count; i++) {
    const content = mutate(bases, below);
    size.writeUInt32LE(content.length);
    files.update(size).update(content);
    const theirs = codes[verdicts[i] % 16];
    const said = judge(content);
    const ours = verdict(said);
    if (!agree(ours, theirs, verdicts[i] >= 16)) {
      expect.fail(`${i}: ${ours}, expected ${theirs}: ${JSON.stringify(String(content))}`);
    }
    if (!(said instanceof SafetensorsError)) contents.update(everything(said));
  }
  expect(files.digest('hex')).toBe(files_sha256); // these are the files that the library saw
  expect(contents.digest('hex')).toBe(contents_sha256); // and it read the same in them
});

/** Everything that was read, in the form that the Python script writes. */
function everything(file: Safetensors): Buffer {
  const names = [...file.tensors.keys()].sort((a, b) =>
    Buffer.compare(Buffer.from(a), Buffer.from(b)),
  );
  return Buffer.concat(
    names.flatMap((name) => {
      const { dtype, shape } = file.info(name);
      const sizes = shape.map((dim) => BigInt(Math.min(dim, 2 ** 53))).join();
      return [Buffer.from(`${name}|${dtype}|${sizes}|`), file.bytes(name), Buffer.from(';')];
    }),
  );
}
