/** Finding GPT-2's weights on this machine. */
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import path from 'node:path';
import { DataError, isAbsent } from '../core/errors';
import { dataPlaces, loadTokenizer, missingTokenizerFiles, type Source } from '../data';
import { phrase } from '../language';
import { countParameters, GPT2_CONFIGS } from '../model';
import { BPETokenizer } from '../tokenizer';
import { openModel } from './open-model';
import { type StoredModel } from './stored-model';

export type PretrainedName = keyof typeof GPT2_CONFIGS;

/** A model in a repository of the Hugging Face hub, at one commit. */
export interface HubRepo {
  readonly repo: string;
  readonly revision: string;
  /** Hash of `model.safetensors`; without it, the hub's own hash is trusted. */
  readonly sha256?: string;
}

/** The models that OpenAI published, on the hub. */
export const HUB_REPOS: Record<PretrainedName, HubRepo> = {
  gpt2: {
    repo: 'openai-community/gpt2',
    revision: '607a30d783dfa663caf39e06633721c8d4cfcd7e',
    sha256: '248dfc3911869ec493c76e65bf2fcf7f615828b0254c12b473182f0f81d3a707',
  },
  'gpt2-medium': {
    repo: 'openai-community/gpt2-medium',
    revision: '6dcaa7a952f72f9298047fd5137cd6e4f05f41da',
    sha256: 'fc5a354a19255ad494f3d71549390baca1ccf61d1d822b9408971705c687c9cd',
  },
  'gpt2-large': {
    repo: 'openai-community/gpt2-large',
    revision: '32b71b12589c2f8d625668d2335a01cac3249519',
  },
  'gpt2-xl': {
    repo: 'openai-community/gpt2-xl',
    revision: '15ea56dee5df4983c59b2538573817e1667135e2',
    sha256: '0f8b28eb05a8075f48b61b6f35332978c74fc7763fa9fb4051a1c30511736a6a',
  },
};

/** The result of {@link pretrained}. */
export interface Pretrained {
  /** The folder, for `loadModel`; absent if the weights are not on this machine. */
  readonly dir?: string;
  /** One line for the screen: where the weights are, or how to get them. */
  readonly note: string;
}

/**
 * Looks for a published GPT-2 in the project's own cache, in `GPT_DATA_MIRROR` and in the cache
 * that Hugging Face's libraries share. Never uses the network.
 *
 * @throws DataError if no GPT-2 has this name
 */
export function pretrained(name: PretrainedName): Pretrained {
  if (!Object.hasOwn(HUB_REPOS, name)) {
    const names = Object.keys(HUB_REPOS).join(', ');
    throw new DataError(`Unknown weights "${name}"; names are ${names}`);
  }
  const problems: string[] = [];
  for (const { place, dir } of candidates(name)) {
    if (!existsSync(dir)) continue;
    try {
      const { layout, config } = openModel(dir);
      if (publishedName(config) !== name) throw new DataError(`${dir} holds another model`);
      const note = phrase("{name}: weights in {layout}'s layout, from {place}", {
        name,
        layout,
        place,
      });
      return { dir, note };
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      // Somebody may have fetched only the tokenizer, for example.
      if (!isAbsent(error)) problems.push(error.message);
    }
  }
  const note = phrase(
    '{name}: the published weights are not on this machine; ./gpt weights {name} fetches them ({size:.1} GB)',
    { name, size: (4 * countParameters(name)) / 1e9 },
  );
  const found = problems.map((problem) => phrase('; unusable: {problem}', { problem }));
  return { note: note + found.join('') };
}

const PLACES: Record<Source, string> = { cache: "the project's cache", mirror: 'GPT_DATA_MIRROR' };

/**
 * The cache of Hugging Face's libraries, including Python's; `HF_HOME` or `HF_HUB_CACHE` moves it.
 */
export function hubCache(): string {
  const hub = require('@huggingface/hub') as typeof import('@huggingface/hub');
  return hub.getHFHubCachePath();
}

function* candidates(name: PretrainedName): Generator<{ place: string; dir: string }> {
  const places = dataPlaces().map(({ source, folder }) => ({ place: PLACES[source], folder }));
  for (const { place, folder } of [
    ...places,
    { place: "Hugging Face's cache", folder: hubCache() },
  ]) {
    yield { place, dir: path.join(folder, name) };
    // Before 2024 the repositories had no owner, and caches from that time still work.
    for (const repo of [HUB_REPOS[name].repo, name]) {
      for (const dir of snapshots(path.join(folder, repoFolder(repo)))) yield { place, dir };
    }
  }
}

export const repoFolder = (repo: string): string => `models--${repo.replace('/', '--')}`;

/** The folders of a cached repository's versions, that of `main` first. */
function snapshots(folder: string): string[] {
  try {
    const main = path.join(folder, 'refs', 'main');
    const first = existsSync(main) ? [readFileSync(main, 'utf8').trim()] : [];
    const all = readdirSync(path.join(folder, 'snapshots'));
    return [...new Set([...first, ...all])].map((name) => path.join(folder, 'snapshots', name));
  } catch {
    return [];
  }
}

/** The published model that has this configuration, if there is one; dropout does not matter. */
export function publishedName(config: StoredModel['config']): PretrainedName | undefined {
  const names = Object.keys(GPT2_CONFIGS) as PretrainedName[];
  return names.find((name) => {
    const published = { ...GPT2_CONFIGS[name], dropRate: config.dropRate };
    return Object.entries(published).every(
      ([key, value]) => config[key as keyof typeof config] === value,
    );
  });
}

/**
 * Makes {@link pretrained} find a folder with a published GPT-2: puts a link to it into the
 * project's cache, in place of an older link.
 *
 * @returns the path of the link
 * @throws DataError if the folder's tokenizer is not GPT-2's, which `loadPretrained` uses, if
 *   something other than a link is in the way, or if links cannot be made
 */
export function linkPretrained(name: PretrainedName, dir: string): string {
  if (missingTokenizerFiles(dir).length === 0) {
    const [found, published] = [loadTokenizer(dir), BPETokenizer.gpt2()].map((each) =>
      each.toFiles(),
    );
    // Files list tokens in the order of ids, so more at the end, such as padding, are harmless.
    const begins = found.vocab.startsWith(published.vocab.slice(0, -1));
    if (!begins || found.merges !== published.merges) {
      throw new DataError(
        `${dir} has another tokenizer than GPT-2, so it cannot stand for ${name}: open it with ` +
          'loadModel and loadTokenizer',
      );
    }
  }
  const [{ folder }] = dataPlaces();
  const link = path.join(folder, name);
  try {
    mkdirSync(folder, { recursive: true });
    replaceLink(path.resolve(dir), link, 'junction');
  } catch (error) {
    throw new DataError(`Cannot make the link ${link} (${(error as NodeJS.ErrnoException).code})`);
  }
  return link;
}

/** Makes a link or replaces an older one; at every moment, readers find one of the two. */
export function replaceLink(target: string, link: string, type: 'file' | 'junction'): void {
  const beside = `${link}.${process.pid}-${randomBytes(3).toString('hex')}.tmp`;
  symlinkSync(target, beside, type);
  try {
    renameSync(beside, link);
  } catch (error) {
    rmSync(beside);
    throw error;
  }
}
