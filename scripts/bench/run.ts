// Measures the variants of a group in turn: A B C, A B C, …
import path from 'node:path';
import { Child, type Ready } from './child';
import type { Group, Variant } from './groups';

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
function command(group: Group, { peer, tokenizer }: Variant, python: string): string[] {
  const job = JSON.stringify({ ...group.job, ...peer, tokenizer });
  if (peer) return [python, path.join(__dirname, 'peers.py'), job];
  return [process.execPath, '--import', 'tsx', path.join(__dirname, 'worker.ts'), job];
}

/**
 * Runs a group. A variant that fails is left out from then on, and its outcome says why.
 *
 * @param python of the peers; without it they are left out
 * @param onProgress called with what is being done
 */
export async function runGroup(
  group: Group,
  python: string | undefined,
  onProgress: (what: string) => void,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = group.variants
    .filter(({ peer }) => python || !peer)
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
    const child = new Child(
      command(group, outcome.variant, python ?? ''),
      outcome.variant.env ?? {},
    );
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
