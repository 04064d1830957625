// The child that measures this project. It says it is warm, answers the number of a point with a
// value, and at the end says how much memory it took. See child.ts for the other side.
import fs from 'node:fs';
import { createInterface } from 'node:readline';
import type { Job } from './groups';
import type { Measured } from './measures';

const say = (message: unknown) => process.stdout.write(`${JSON.stringify(message)}\n`);

/** The most memory this process ever had, in MB. */
function peakMB(): number {
  // Where there is no /proc: on Linux maxRSS counts the parent's memory before the start too.
  if (!fs.existsSync('/proc/self/status')) return process.resourceUsage().maxRSS / 1024;
  const status = fs.readFileSync('/proc/self/status', 'utf8');
  return Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1]) / 1024;
}

async function main(): Promise<void> {
  const job = JSON.parse(process.argv[2]) as Job;
  // Not before: it loads the engine, and that is part of what a start takes.
  const { measures } = require('./measures') as typeof import('./measures');
  const { ready = {}, sample }: Measured = await measures[job.kind](job as never);
  say(ready);
  for await (const line of createInterface({ input: process.stdin })) {
    say({ value: await sample(Number(line)) });
  }
  say({ peakMB: peakMB() });
}

main().catch((error: Error) => {
  console.error(`Error: ${error.message}`);
  process.exitCode = 1;
});
