// The page that a run leaves behind, in Markdown.
import { plotAlt } from './plot';
import type { Report, Result } from './report';
import { digits, goalRows, markdownTable, markdownTables } from './tables';

const TITLES: Record<string, string> = {
  limits: 'What the machine can do at most',
  training: 'Training',
  decoding: 'Decoding',
  evaluation: 'Evaluation',
  tokenizer: 'Tokenizer',
  loading: 'Loading weights',
  start: 'Start',
  scaling: 'How time grows',
};

const INTROS: Record<string, string> = {
  training:
    'A step of AdamW on random weights, without dropout, the head tied, gradients clipped at 1. Its ' +
    'time is nearly all matrix products, so a step is held against the rate of large ones: what is ' +
    'missing there are the many passes over memory in between, and in a small model the time that ' +
    'each operation takes to begin.',
  decoding:
    'Greedy, with a cache of keys and values; the time from the first new token to the last. For one ' +
    'sequence every weight is read once a token and used once: memory sets the limit, not ' +
    'arithmetic. Eight sequences share that reading, which is why they are far from eight times as slow. ' +
    '*for writing* packs the weights, in four, two or one byte each, and computes with operations of its own. ' +
    '*compiled, bf16* keeps its weights in float32, and on a CPU it computes products of few rows, ' +
    'such as those of one sequence, in float32 too: how much it reads is not counted, so no share of ' +
    'the limit is given for it.',
  tokenizer: 'From a text to ids, in one call, on one thread; all make the same ids.',
  loading: 'From files that the system has in its cache, until each weight was looked at.',
  start: 'A new process each time; below, the parts of its last start.',
  scaling:
    'The same training step, with a longer context and as many tokens, or in a larger model.',
};

function phases(results: readonly Result[]): string {
  const named = results.filter((result) => result.phases);
  if (!named.length) return '';
  const names = [...new Set(named.flatMap((result) => Object.keys(result.phases!)))];
  const rows = named.map(({ variant, phases: of }) => [
    variant,
    ...names.map((name) => (of![name] === undefined ? '' : `${digits(of![name])} s`)),
  ]);
  return `\n\n${markdownTable([['', ...names], ...rows])}`;
}

/** The losses of both precisions at some steps. */
function losses(results: readonly Result[]): string {
  const of = results.filter((result) => result.row.startsWith('tiny') && result.losses);
  if (!of.length) return '';
  const last = of[0].losses!.length;
  const steps = [1, 10, 25, 50, 75, 100].filter((step) => step <= last);
  const rows = of.map(({ variant, losses: all }) => [
    variant,
    ...steps.map((step) => all![step - 1].toFixed(4)),
  ]);
  return (
    '## float32 and bfloat16\n\nLosses of the tiny model on real text, from the same weights:\n\n' +
    markdownTable([['', ...steps.map((step) => `step ${step}`)], ...rows]) +
    '\n\n'
  );
}

export function markdown(report: Report, hasPlot: boolean): string {
  const { machine, results } = report;
  const sections = [...new Set(results.map(({ section }) => section))].map((section) => {
    const of = results.filter((result) => result.section === section);
    const intro = INTROS[section] ? `${INTROS[section]}\n\n` : '';
    return `## ${TITLES[section]}\n\n${intro}${markdownTables(of)}${phases(of)}\n`;
  });
  const wrong = report.failures.map(
    ({ what, problem }) => `${what} could not be measured: ${problem}`,
  );
  return [
    '# How fast, and where the time goes\n\n',
    `Measured by \`npm run bench\` on ${report.date}: ${machine.processor}, ${machine.cores} cores; `,
    `Node ${machine.node}, ${report.engine}; `,
    report.peers ? `beside it, in the same run, ${report.peers}.` : 'the peers were not installed.',
    report.quick ? ' **A quick run: its numbers say little.**' : '',
    '\n\nVariants of a row take turns, each in a process of its own. *median* is over the rounds, ',
    '± half the distance between the fastest and the slowest; *beside* is how many times as fast as ',
    'a peer, the median of the ratios within each round; *of the limit* is the share of what the ',
    'machine was seen to do at most, in arithmetic (matmul) or in reading memory; *memory* is the ',
    'most that the process ever had. Where two variants of a row should compute the same numbers, ',
    'the run compares them, and says so here when they differ.\n\n',
    hasPlot ? `![${plotAlt(report)}](plot.png)\n\n` : '',
    report.goals.length
      ? `## What was to be reached\n\n${markdownTable(goalRows(report.goals))}\n\n`
      : '',
    losses(results),
    sections.join('\n'),
    ...[...report.notes, ...wrong].map((note) => `\n- ${note}`),
    '\n',
  ].join('');
}
