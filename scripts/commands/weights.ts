/** `./gpt weights`: see HELP. */
import { existsSync, statSync } from 'node:fs';
import { DataError, type Progress } from '../../lib/data';
import { countParameters, GPT2_CONFIGS } from '../../lib/model';
import {
  fetchPretrained,
  linkPretrained,
  openModel,
  pretrained,
  publishedName,
  type PretrainedName,
} from '../../lib/weights';
import { EXIT_CODES, readArguments, readPath, runCommand } from './arguments';

const HELP = `Usage: ./gpt weights [NAME | DIR ...]

  gpt2, gpt2-medium, gpt2-large, gpt2-xl
        finds OpenAI's published weights on this machine, else fetches them from the
        Hugging Face hub into the cache that Hugging Face's libraries share
        (0.5, 1.5, 3.2 and 6.4 GB); a broken download goes on where it stopped
  DIR   checks a folder in Hugging Face's layout (config.json, model.safetensors) or
        OpenAI's (hparams.json, model.ckpt.*); if it holds a GPT-2 of one of these sizes,
        the notebooks use it from then on, through a link in data/cache

Every tensor is read and checked. Without arguments: says what is on this machine.

Environment: GPT_DATA_MIRROR=DIR  also look for DIR/gpt2, DIR/gpt2-medium ...
             HF_HOME, HF_HUB_CACHE  where Hugging Face's cache is
             HF_ENDPOINT=URL      another hub
             GPT_OFFLINE=1        never use the network
             HTTPS_PROXY, HTTP_PROXY, NO_PROXY  as usual

${EXIT_CODES}`;

const LISTED = 6;
const MB = (bytes: number) => (bytes / 1e6).toFixed(1);

/** A line that counts, on a terminal; elsewhere only what went wrong. */
function showProgress(file: string, { received, total, note }: Progress): void {
  if (note) console.error(`${file}: ${note}`);
  else if (process.stderr.isTTY) {
    const end = received === total ? '\r\x1b[K' : '';
    process.stderr.write(`\r${file}: ${MB(received)} of ${total ? MB(total) : '?'} MB${end}`);
  }
}

/** Reads every tensor, which verifies it, and says what the folder holds. */
function check(dir: string): PretrainedName | undefined {
  const { layout, config, parameters, dropRates } = openModel(dir);
  const spoiled = parameters.flatMap(({ read, name }) => {
    const wrong = read().filter((value) => !Number.isFinite(value)).length;
    return wrong ? [`${name} (${wrong} numbers)`] : [];
  });
  if (spoiled.length) {
    const [more, listed] = [spoiled.length - LISTED, spoiled.slice(0, LISTED).join(', ')];
    throw new DataError(
      `${dir} holds NaN or infinity: ${listed}${more > 0 ? ` and ${more} tensors more` : ''}`,
    );
  }
  const name = publishedName(config);
  const { nLayers, embDim, nHeads, contextLength, vocabSize } = config;
  console.log(
    `${dir}: ${countParameters(config).toLocaleString('en-US')} parameters in ` +
      `${parameters.length} tensors, ${layout} layout, all read\n` +
      `  ${nLayers} layers, ${embDim} numbers per token, ${nHeads} heads, ` +
      `${contextLength} tokens of context, vocabulary of ${vocabSize}` +
      (name ? `: the size of ${name}` : ''),
  );
  if (dropRates) {
    const rates = Object.entries(dropRates).map(([key, rate]) => `${key} ${rate}`);
    console.log(`  ${rates.join(', ')}: to train it, loadModel needs one { dropRate }`);
  }
  return name;
}

async function bring(what: string): Promise<void> {
  if (Object.hasOwn(GPT2_CONFIGS, what)) {
    check(await fetchPretrained(what as PretrainedName, { onProgress: showProgress }));
    return;
  }
  const dir = readPath('DIR', what);
  if (!existsSync(dir) || !statSync(dir).isDirectory()) {
    const names = Object.keys(GPT2_CONFIGS).join(', ');
    throw new DataError(`${what} is neither a folder nor one of ${names}`);
  }
  const name = check(dir);
  const use = name
    ? `${linkPretrained(name, dir)} points there: notebooks use it as ${name}`
    : `To use it: loadModel('${dir}')`;
  console.log(`  ${use}`);
}

async function main(args: string[]): Promise<void> {
  const options = { help: { type: 'boolean', short: 'h', default: false } } as const;
  const { values, positionals } = readArguments(args, options, { positionals: true });
  if (values.help) return console.log(HELP);
  for (const argument of positionals) await bring(argument);
  if (positionals.length) return;
  for (const name of Object.keys(GPT2_CONFIGS) as PretrainedName[]) {
    const { dir, note } = pretrained(name);
    console.log(dir ? `${note}: ${dir}` : note);
  }
}

runCommand('weights', main);
