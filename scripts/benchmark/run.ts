// Measures the variants of a group in turn: A B C, A B C, …
import path from 'node:path';
import { Child, type Ready } from './child';
import type { Group, Variant } from './groups';
import type { Peers } from './peers';

/** What came of one variant of a group. */
export interface Outcome {
  variant: Variant;
  /** values[row][round] */
  values: number[][];
  ready?: Ready;
  /** The most memory its process had. */
  peakMB?: number;
  /** Why there is nothing. */
  problem?: string;
}

/** The program that measures a variant. */
function command(
  group: Group,
  { peer, tokenizer, weights }: Variant,
  peers: Peers | undefined,
): string[] {
  const job = { ...group.job, ...peer, tokenizer, weights };
  const at = (name: string) => path.join(__dirname, name);
  if (!peer || !peers) {
    return [process.execPath, '--import', 'tsx', at('worker.ts'), JSON.stringify(job)];
  }
  if (peer.library !== 'onnxruntime')
    return [peers.python, at('peers/peers.py'), JSON.stringify(job)];
  return [
    process.execPath,
    at('peers/onnx.mjs'),
    JSON.stringify({ ...job, packages: peers.packages }),
  ];
}

/**
 * Runs a group. A variant that fails is left out from then on, and its outcome says why.
 *
 * @param peers left out where they are absent
 * @param onProgress called with what is being done
 */
export async function runGroup(
  group: Group,
  peers: Peers | undefined,
  onProgress: (what: string) => void,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = group.variants
    .filter(({ peer }) => peers || !peer)
    .map((variant) => ({ variant, values: group.rows.map(() => []) }));
  const children = new Map<Outcome, Child>();

  const attempt = async (outcome: Outcome, work: () => Promise<void>) => {
    if (outcome.problem) return;
    try {
      await work();
    } catch (error) {
      outcome.problem = (error as Error).message;
      children.get(outcome)?.kill();
      children.delete(outcome);
    }
  };
  const begin = async (outcome: Outcome) => {
    onProgress(`${outcome.variant.name}: getting warm`);
    const child = new Child(command(group, outcome.variant, peers), outcome.variant.env ?? {});
    children.set(outcome, child);
    outcome.ready = await child.ready();
    if (group.job.kind === 'start') outcome.values[0].push(child.startSeconds);
  };
  const measure = async (outcome: Outcome) => {
    if (group.job.kind === 'start') return;
    for (const row of group.rows.keys()) {
      onProgress(`${outcome.variant.name}: ${group.rows[row].name}`);
      outcome.values[row].push(await children.get(outcome)!.sample(row));
    }
  };
  const end = async (outcome: Outcome) => {
    const peak = await children.get(outcome)!.end();
    children.delete(outcome);
    outcome.peakMB = Math.max(peak, outcome.peakMB ?? 0);
  };
  const all = async (...parts: ((outcome: Outcome) => Promise<void>)[]) => {
    for (const outcome of outcomes) {
      for (const part of parts) await attempt(outcome, () => part(outcome));
    }
  };

  if (!group.fresh) await all(begin);
  for (let round = 0; round < group.rounds; round++) {
    await (group.fresh ? all(begin, measure, end) : all(measure));
  }
  if (!group.fresh) await all(end);
  return outcomes;
}
