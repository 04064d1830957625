// What the project wants to reach, beside what a run has measured.
import type { Goal, Result } from './report';
import { speedup } from './statistics';

/** The goals that the results can speak of. */
export function goals(results: readonly Result[]): Goal[] {
  const find = (section: string, row: string, variant: string) =>
    results.find((r) => r.section === section && r.row.startsWith(row) && r.variant === variant);
  const found: Goal[] = [];
  const add = (
    what: string,
    measured: number | undefined,
    bound: { least?: number; most?: number },
  ) => {
    if (measured === undefined) return;
    const { least = -Infinity, most = Infinity } = bound;
    found.push({ what, ...bound, measured, reached: measured >= least && measured <= most });
  };
  const faster = (section: string, row: string, ours: string, peer: string, least: number) => {
    const [a, b] = [find(section, row, ours), find(section, row, peer)];
    const ratio = a && b && speedup(a.values, b.values, a.better);
    add(`${a?.row}: ${ours} beside ${peer}, times as fast`, ratio, { least });
  };
  for (const [model, least] of [
    ['tiny', 1],
    ['small', 1.2],
    ['GPT-2', 1.2],
  ] as const) {
    faster('training', model, 'compiled', 'PyTorch', least);
    faster('training', model, 'compiled', 'torch.compile', 1);
    faster('training', model, 'compiled, bf16', 'PyTorch, bf16', 1);
  }
  const [ours, torch] = ['compiled', 'PyTorch'].map((name) => find('training', 'GPT-2', name));
  const memory = ours?.peakMB && torch?.peakMB && ours.peakMB / torch.peakMB;
  add(`${ours?.row}: peak memory beside PyTorch's, times as much`, memory, { most: 1.5 });
  const alone = 'GPT-2 124M, batch 1, 64';
  faster('decoding', alone, 'compiled', 'PyTorch', 1);
  add(`${alone}…: share of the memory's bandwidth`, find('decoding', alone, 'compiled')?.share, {
    least: 0.7,
  });
  faster('decoding', alone, 'for writing', 'PyTorch', 1.75);
  faster('decoding', alone, 'for writing, bf16', 'PyTorch, bf16', 1.5);
  faster('decoding', alone, 'for writing, int8', 'PyTorch', 3);
  add(`${alone}…: share of the bandwidth`, find('decoding', alone, 'for writing')?.share, {
    least: 0.75,
  });
  const eight = 'GPT-2 124M, batch 8';
  faster('decoding', eight, 'for writing', 'PyTorch', 2);
  faster('decoding', eight, 'for writing, bf16', 'PyTorch, bf16', 1);
  const book = results.find(
    ({ section, row }) => section === 'tokenizer' && / MB of /.test(row),
  )?.row;
  if (book) faster('tokenizer', book, 'this project', 'tiktoken', 1);
  return found;
}
