import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { COUNTS, readArguments, readNumber, readPath, SEEDS } from './arguments';
import { findCommand, GROUPS, HELP, unknown } from './table.mjs';

const root = path.resolve(__dirname, '..', '..');
const home = fs.mkdtempSync(path.join(os.tmpdir(), 'command-'));
afterAll(() => fs.rmSync(home, { recursive: true }));

// Several commands in one test take long where the machine is busy.
vi.setConfig({ testTimeout: 300_000 });

interface Ended {
  status: number;
  out: string;
  err: string;
}

/** Runs commands as gpt.mjs does, one after the other, in one process: starting each takes seconds. */
function runAll(
  runs: readonly (readonly [command: string, args: readonly string[]])[],
  from = root,
): Ended[] {
  const files = runs.map(([name, args]) => {
    const { command, rest } = findCommand([...name.split(' '), ...args]);
    expect(command?.name).toBe(name);
    return [path.join(root, 'scripts', command!.file), rest];
  });
  const harness = `
    const runs = ${JSON.stringify(files)};
    const ends = [];
    process.stdout.setMaxListeners(0);
    let now;
    process.stdout.write = (text) => { now.out += text; return true; };
    console.error = (text) => { now.err += text + '\\n'; };
    process.on('beforeExit', () => {
      if (now) ends.push({ ...now, status: process.exitCode ?? 0 });
      process.exitCode = 0;
      if (ends.length === runs.length) {
        if (now) require('node:fs').writeSync(1, JSON.stringify(ends));
        return (now = undefined);
      }
      const [file, args] = runs[ends.length];
      now = { out: '', err: '' };
      delete require.cache[file];
      process.argv = [process.execPath, file, ...args];
      setImmediate(() => require(file));
    });`;
  const { stdout, stderr } = spawnSync(process.execPath, ['-r', 'tsx/cjs', '-e', harness], {
    cwd: from,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    env: { ...process.env, HF_HOME: home, GPT_OFFLINE: '1' },
  });
  expect(stdout, stderr).toMatch(/^\[/);
  return JSON.parse(stdout) as Ended[];
}

describe('arguments', () => {
  const text = { type: 'string' } as const;
  const options = { prompt: text, seed: text, stream: { type: 'boolean' } } as const;
  const read = (...args: string[]) => ({ ...readArguments(args, options).values });

  test('a value may begin with a minus, and be empty', () => {
    expect(read('--prompt', '-5 degrees', '--stream')).toEqual({
      prompt: '-5 degrees',
      stream: true,
    });
    expect(read('--prompt', '--- a/file', '--seed', '-1')).toEqual({
      prompt: '--- a/file',
      seed: '-1',
    });
    expect(read('--prompt', '')).toEqual({ prompt: '' });
    expect(read('--prompt=--seed')).toEqual({ prompt: '--seed' });
    expect(readArguments(['--', '--prompt'], options, { positionals: true }).positionals).toEqual([
      '--prompt',
    ]);
  });

  test.each([
    [['--prompt', '--seed', '1'], '--prompt needs a value, but the option --seed follows'],
    [['--prompt', '--seed=1'], '--prompt needs a value, but the option --seed=1 follows'],
    [['--prompt'], /^--prompt needs a value$/],
    [['--promt', 'x'], /^there is no option "--promt" \(did you mean "--prompt"\?\)$/],
    [['-x'], /^there is no option "-x"$/],
    [['here'], /^unexpected argument "here"$/],
    [['--stream=yes'], /^--stream takes no value$/],
  ])('%j is wrong', (args, message) => {
    expect(() => read(...args)).toThrow(message);
  });

  test.each(['', ' ', ' 5', '5 ', 'abc', '0x10', '1e999', 'NaN', 'Infinity', '-1', '1_000', '١'])(
    '%j is no number from 0',
    (text) => {
      const said = `--n must be a number from 0, got ${JSON.stringify(text)}`;
      expect(() => readNumber('--n', text, { min: 0 })).toThrow(said);
      expect(() => readNumber('--n', text, SEEDS)).toThrow(
        `--n must be a whole number from 0 up to 2147483647, got ${JSON.stringify(text)}`,
      );
    },
  );

  test('numbers in range, and just beyond', () => {
    const numbers = ['0', '0.5', '.5', '5.', '1e-3', '2E2', '+7'];
    expect(numbers.map((text) => readNumber('--n', text, { min: 0 }))).toEqual([
      0, 0.5, 0.5, 5, 0.001, 200, 7,
    ]);
    expect(readNumber('--n', '2147483647', SEEDS)).toBe(2 ** 31 - 1);
    expect(() => readNumber('--n', '2147483648', SEEDS)).toThrow('up to 2147483647');
    expect(() => readNumber('--n', '0', COUNTS)).toThrow('a whole number from 1, got "0"');
    expect(() => readNumber('--n', '9'.repeat(30), COUNTS)).toThrow('a whole number from 1');
    expect(() => readNumber('--n', '0', { above: 0, max: 1 })).toThrow('a number above 0 up to 1');
    expect(() => readNumber('--n', '1.5', COUNTS)).toThrow('got "1.5"');
  });

  test('paths start where the person stands', () => {
    expect(readPath('--dir', '/x')).toBe('/x');
    expect(readPath('--dir', '../x')).toBe(path.join(path.dirname(process.cwd()), 'x'));
    expect(() => readPath('--dir', '')).toThrow('--dir must be a path, got ""');
  });
});

/** All that run in one process with others: test.mjs is a program of its own. */
const NAMES = Object.values(GROUPS)
  .flat()
  .map(({ name }) => name)
  .filter((name) => name !== 'test');

test('wrong usage of any command is one line, with the exit code 2', () => {
  const numbers: [script: string, option: string, more: string[]][] = [
    ['generate', '--max-tokens', ['--prompt', 'a']],
    ['generate', '--temperature', ['--prompt', 'a']],
    ['generate', '--top-k', ['--prompt', 'a']],
    ['generate', '--top-p', ['--prompt', 'a']],
    ['generate', '--penalty', ['--prompt', 'a']],
    ['generate', '--seed', ['--instruction', 'a']],
    ['chat', '--port', []],
    ['pretrain', '--steps', []],
    ['pretrain', '--batch', []],
    ['pretrain', '--rate', []],
    ['pretrain', '--seed', []],
    ['bench', '--rounds', []],
    ['notebooks run', '--limit', []],
  ];
  const wrong = ['', 'abc', ' 5', '0x10', '1e999', '-1'];
  const trials: [script: string, args: string[], said: RegExp][] = [
    ...numbers.flatMap(([script, option, more]) =>
      wrong.map((text): (typeof trials)[0] => {
        const said = `^${option} must be a (whole )?number .*got "${text}"; see --help\n$`;
        return [script, [...more, option, text], new RegExp(said)];
      }),
    ),
    ...NAMES.flatMap((script): typeof trials => [
      [script, ['--nonsense'], /^there is no option "--nonsense"; see --help\n$/],
      [script, ['-x'], /^there is no option "-x"; see --help\n$/],
    ]),
    ['generate', [], /^--prompt is missing/],
    [
      'generate',
      ['--prompt', '', '--instruction', 'a'],
      /^give --prompt or --instruction, not both/,
    ],
    ['generate', ['--instruction', ' '], /^--instruction is empty/],
    ['generate', ['--prompt', 'a', '--input', 'b'], /^--input belongs to an --instruction/],
    ['generate', ['--instruction', 'a', '--plain'], /^--plain belongs to a --prompt/],
    ['generate', ['--prompt', 'a', '--stop', ''], /^--stop is empty/],
    ['generate', ['--prompt', 'a', '--model', ''], /^--model must be a path, got ""/],
    ['generate', ['--prompt', 'a', 'b'], /^unexpected argument "b"/],
    ['generate', ['--prompt', '--stream'], /^--prompt needs a value, but the option --stream/],
    ['chat', ['--port', '70000'], /^--port must be a whole number from 0 up to 65535, got "70000"/],
    ['pretrain', ['--steps', '200'], /^--steps must be a whole number from 201, got "200"/],
    ['pretrain', ['--out', ''], /^--out must be a path/],
    ['pretrain', ['--state', 'x', '--out', './x'], /^--state and --out must be two folders/],
    ['translation', ['--update', ''], /^NAME is empty/],
    ['translation', ['--accept'], /^--accept needs the name of a notebook/],
    ['translation', ['--update=3'], /^--update takes no value/],
    ['notebooks run', ['--write', '--twice'], /^give --write or --twice, not both/],
    ['notebooks run', ['01', ' '], /^NAME is empty/],
    ['notebooks run', ['--summary', '/nowhere/a'], /^--summary: \/nowhere\/a cannot be written/],
    ['notebooks clean', [''], /^NAME is empty/],
    ['notebooks lint', [' '], /^NAME is empty/],
    ['claims', ['x'], /^unexpected argument "x"/],
    ['pretrain', ['--prepare', '--export'], /^give --prepare or --export, not both/],
    ['bench', ['--only', 'x'], /^--only has "x"; parts are /],
    ['data', [], /^give list, fetch NAME or verify/],
    ['data', ['lst'], /^there is no command "lst" \(did you mean "list"\?\)/],
    ['data', ['x'], /^there is no command "x": expected list, fetch or verify/],
    ['data', ['list', 'x'], /^list takes no names, got "x"/],
    ['data', ['fetch'], /^fetch needs the name of a file/],
    ['weights', [''], /^DIR must be a path, got ""/],
    ['kit', [], /^give one folder for the kit, got none/],
    ['kit', ['x', '--for', 'amiga'], /^there is no platform "amiga"; platforms are linux/],
  ];
  const ends = runAll(trials.map(([script, args]) => [script, args]));
  trials.forEach(([script, args, said], i) => {
    const what = `${script} ${JSON.stringify(args)}`;
    expect(ends[i], what).toMatchObject({ status: 2, out: '' });
    expect(ends[i].err, what).toMatch(said);
    expect(ends[i].err.split('\n'), what).toHaveLength(2);
  });
});

describe('the command', () => {
  test('is found by one word or two, and the rest is for it', () => {
    const found = (...args: string[]) => {
      const { command, rest } = findCommand(args);
      return [command?.name, ...rest];
    };
    expect(found('data', 'list')).toEqual(['data', 'list']);
    expect(found('notebooks', 'run', '03', '--write')).toEqual(['notebooks run', '03', '--write']);
    expect(found('site', '--check')).toEqual(['site', '--check']);
    expect(found('site', 'film')).toEqual(['site film']);
    expect(found('help', 'notebooks', 'run')).toEqual(['notebooks run', '--help']);
    expect(found('help', 'data', '-h')).toEqual(['data', '--help']);
  });

  test.each([[['help', 'help']], [['help', '-h']], [['--help', '--help']]])(
    '%j is help on everything',
    (args) => {
      expect(findCommand(args)).toEqual({ rest: [], help: HELP });
    },
  );

  test.each([
    [[], /^the command is missing$/],
    [[''], /^there is no command "": expected data, weights, /],
    [['genrate'], /^there is no command "genrate" \(did you mean "generate"\?\)$/],
    [['note'], /\(did you mean "notebooks"\?\)$/],
    [['notebook', 'run'], /\(did you mean "notebooks"\?\)$/],
    [['lint'], /^there is no command "lint" \(did you mean "notebooks lint"\?\)$/],
    [['run'], /\(did you mean "notebooks run"\?\)$/],
    [['check'], /\(did you mean "test check"\?\)$/],
    [['start'], /\(did you mean "npm start"\?\)$/],
    [['hepl'], /\(did you mean "help"\?\)$/],
    [['bake'], /: expected data, .* or bench$/],
    [['notebooks'], /^notebooks needs a command after it: run, clean, lint$/],
    [['notebooks', 'rnu'], /^notebooks: there is no command "rnu" \(did you mean "run"\?\)$/],
    [['notebooks', 'x'], /^notebooks: there is no command "x": expected run, clean or lint$/],
    [['notebooks', 'cleen'], /^notebooks: .* \(did you mean "clean"\?\)$/],
    [['--fast'], /^there is no command "--fast"/],
  ])('%j names none', (args, said) => {
    expect(findCommand(args)).toEqual({ rest: [], wrong: expect.stringMatching(said) });
  });

  test('has a program for each name, and says what is nearest to any word', () => {
    for (const { file } of Object.values(GROUPS).flat()) {
      expect(fs.existsSync(path.join(root, 'scripts', file)), file).toBe(true);
    }
    expect(unknown('tset', ['test', 'text'])).toContain('"test"');
  });

  test('works from any folder, by a link, and where it is named by its path', () => {
    const link = path.join(home, 'link');
    fs.symlinkSync(path.join(root, 'gpt'), link);
    const story = path.relative(home, path.join(root, 'data', 'gpt-mini'));
    const few = ['generate', '--prompt', 'Era', '--max-tokens', '2', '--temperature', '0'];
    const ends = [
      [link, ...few, '--model', story],
      [process.execPath, path.join(root, 'gpt.mjs'), ...few],
      [path.join(root, 'gpt'), 'help', 'data'],
      [link, 'dta'],
    ].map(([program, ...args]) => {
      const env = { ...process.env, GPT_OFFLINE: '1' };
      const { status, stdout, stderr } = spawnSync(program, args, {
        cwd: home,
        encoding: 'utf8',
        env,
      });
      return { status, stdout, stderr };
    });
    expect(ends.map(({ status }) => status)).toEqual([0, 0, 0, 2]);
    expect(ends[0].stdout).toMatch(/^Era./);
    expect(ends[1].stdout).toBe(ends[0].stdout);
    expect(ends[2].stdout).toMatch(/^Usage: \.\/gpt data /);
    expect(ends[3]).toMatchObject({ stdout: '', stderr: expect.stringMatching(/^there is .*\n$/) });
  });
});

test('help comes before everything else', () => {
  const ends = runAll(
    NAMES.flatMap((script) => [
      [script, ['--help']],
      [script, ['-h']],
    ]),
  );
  NAMES.forEach((script, i) => {
    expect(ends[2 * i]).toMatchObject({ status: 0, err: '' });
    expect(ends[2 * i].out).toMatch(new RegExp(`^Usage: \\./gpt ${script}`));
    expect(ends[2 * i + 1]).toEqual(ends[2 * i]);
    expect(ends[2 * i].out).toMatch(/\nExit code: 0 done, 1 .*, 2 wrong usage, 130 interrupted\n$/);
  });
});

test('generate: the start of a text, special tokens, prompts with a minus, paths from a folder below', () => {
  const few = ['--max-tokens', '6', '--temperature', '0'];
  const runs: string[][] = [
    ['--prompt', ''],
    ['--prompt', '<|endoftext|>'],
    ['--prompt', '<|endoftext|>', '--plain'],
    ['--prompt', '-5 degrees', '--stream'],
    ['--prompt', 'Era', '--model', '../data/gpt-mini'],
    ['--prompt', 'Era'],
    ['--prompt', 'Era', '--model', 'data/gpt-mini'],
    ['--prompt', 'Era', '--max-tokens', '0'],
  ];
  const ends = runAll(
    runs.map((args) => ['generate', [...few, ...args]]),
    path.join(root, 'notebooks'),
  );
  expect(ends.map(({ status }) => status)).toEqual([0, 0, 0, 0, 0, 0, 1, 0]);
  const [empty, special, plain, minus, below, usual, wrong, none] = ends.map(({ out }) => out);
  expect(empty.length).toBeGreaterThan(1);
  expect(special).toBe(`<|endoftext|>${empty}`);
  expect(plain).not.toBe(special);
  expect(plain).toMatch(/^<\|endoftext\|>./);
  expect(minus).toMatch(/^-5 degrees./s); // the model may begin a new line
  expect(below).toBe(usual);
  expect(wrong).toBe('');
  expect(ends[6].err).toContain(path.join(root, 'notebooks/data/gpt-mini'));
  expect(none).toBe('Era\n');
});

test('a file in the place of a folder is said to be one', () => {
  const file = path.join(home, 'file');
  fs.writeFileSync(file, 'MINE');
  const ends = runAll([
    ['generate', ['--prompt', 'a', '--model', file]],
    ['pretrain', ['--out', file]],
    ['pretrain', ['--state', file]],
    ['kit', [file]],
  ]);
  for (const { status, err } of ends) {
    expect(status).toBe(1);
    expect(err).toContain(`${file} is a file`);
  }
  expect(fs.readFileSync(file, 'utf8')).toBe('MINE');
});

test('weights names the tensors that hold NaN or infinity, and a rate of dropout to choose', () => {
  const [spoiled, dropout] = ['spoiled', 'dropout'].map((name) => {
    const dir = path.join(home, name);
    fs.cpSync(path.join(root, 'lib/fixtures/gpt2-tiny'), dir, { recursive: true });
    return dir;
  });
  const file = path.join(spoiled, 'model.safetensors');
  const content = fs.readFileSync(file);
  content.writeFloatLE(NaN, content.length - 4);
  content.writeFloatLE(Infinity, content.length - 8);
  fs.writeFileSync(file, content);
  const config = path.join(dropout, 'config.json');
  const text = fs.readFileSync(config, 'utf8').replace(/"attn_pdrop": [\d.]+/, '"attn_pdrop": 0.5');
  fs.writeFileSync(config, text);
  const [found, told] = runAll([
    ['weights', [spoiled]],
    ['weights', [dropout]],
  ]);
  expect(found).toMatchObject({ status: 1, out: '' });
  expect(found.err).toBe(`${spoiled} holds NaN or infinity: transformer.wte.weight (2 numbers)\n`);
  expect(told).toMatchObject({ status: 0, err: '' });
  expect(told.out).toContain('attn_pdrop 0.5, resid_pdrop 0: to train it, loadModel needs one');
});
