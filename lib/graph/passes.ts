/** The passes that turn a recording into a better one before a graph is built from it. */
import { completeAttributes } from './passes/complete-attributes';
import { dropDeadOps } from './passes/drop-dead-ops';
import { fuseScatterAdd } from './passes/fuse-scatter-add';
import { multiplyInBfloat16 } from './passes/multiply-in-bfloat16';
import type { Pass, RecordedOp, Recording } from './recording';

/** The type of number in which matrices are multiplied. */
export type Precision = 'float32' | 'bfloat16';

/** How many of each op a pass took out and put in. An op that only changed does not count. */
export interface PassReport {
  pass: string;
  removed: Record<string, number>;
  added: Record<string, number>;
}

/** The passes, in the order in which they run. */
export const passesFor = ({ precision = 'float32' }: { precision?: Precision }): Pass[] => [
  dropDeadOps,
  fuseScatterAdd,
  ...(precision === 'bfloat16' ? [multiplyInBfloat16] : []),
  completeAttributes,
];

export function runPasses(
  recording: Recording,
  passes: readonly Pass[],
): { recording: Recording; reports: PassReport[] } {
  const reports: PassReport[] = [];
  let current = recording;
  for (const pass of passes) {
    const { ops } = current;
    current = pass(current);
    const [removed, added] = [surplus(ops, current.ops), surplus(current.ops, ops)];
    reports.push({ pass: pass.name, removed, added });
  }
  return { recording: current, reports };
}

/** How many more of each op there are in `ops` than in `others`. */
function surplus(
  ops: readonly RecordedOp[],
  others: readonly RecordedOp[],
): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { op } of ops) counts.set(op, (counts.get(op) ?? 0) + 1);
  for (const { op } of others) counts.set(op, (counts.get(op) ?? 0) - 1);
  return Object.fromEntries([...counts].filter(([, count]) => count > 0));
}
