/** Fetching GPT-2's weights from the Hugging Face hub into the cache that its libraries share. */
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { PathInfo } from '@huggingface/hub';
import { writeFilesAtomic } from '../core/atomic-write';
import { DataError } from '../core/errors';
import { download, type DownloadOptions, type Progress } from '../data';
import {
  HUB_REPOS,
  hubCache,
  pretrained,
  replaceLink,
  repoFolder,
  type HubRepo,
  type PretrainedName,
} from './pretrained';

/** The files of the model and its tokenizer. */
const WEIGHTS = 'model.safetensors';
const FILES = ['config.json', 'vocab.json', 'merges.txt', WEIGHTS];

export interface FetchOptions extends Omit<DownloadOptions, 'onProgress'> {
  onProgress?: (file: string, progress: Progress) => void;
}

/**
 * Returns the folder of a published GPT-2, and fetches it if it is not on this machine. A broken
 * download resumes where it stopped. `GPT_OFFLINE=1` and `HF_HUB_OFFLINE=1` forbid the network.
 *
 * @throws DataError in one line if the weights cannot be fetched
 */
export async function fetchPretrained(
  name: PretrainedName,
  options: FetchOptions = {},
): Promise<string> {
  const found = pretrained(name);
  if (found.dir) return found.dir;
  for (const variable of ['GPT_OFFLINE', 'HF_HUB_OFFLINE']) {
    if (!/^(|0|false)$/i.test(process.env[variable] ?? '')) {
      throw new DataError(`${variable} is set, so ${name} is not fetched`, 'absent');
    }
  }
  return fetchRepo(HUB_REPOS[name], options);
}

/**
 * Fetches a model from a repository of the hub, verifies the hash of every file and returns its
 * folder in the cache. `HF_ENDPOINT` names another hub; proxies work as for all downloads.
 *
 * @throws DataError in one line if a file cannot be fetched or is not the right one
 */
export async function fetchRepo(
  { repo, revision, sha256 }: HubRepo,
  options: FetchOptions = {},
): Promise<string> {
  const endpoint = (process.env.HF_ENDPOINT || 'https://huggingface.co').replace(/\/+$/, '');
  const storage = path.join(hubCache(), repoFolder(repo));
  const snapshot = path.join(storage, 'snapshots', revision);
  const hub = await import('@huggingface/hub');
  const { fetch, close } = await proxiedFetch();
  const where = { repo, revision, hubUrl: endpoint, fetch };
  try {
    const infos = await explainHubErrors(endpoint, () => hub.pathsInfo({ ...where, paths: FILES }));
    for (const file of FILES) {
      const info = infos.find((each) => each.path === file);
      const url = `${endpoint}/${repo}/resolve/${revision}/${file}`;
      if (!info) throw new DataError(`${endpoint} has no ${file} in ${repo}`);
      if (file === WEIGHTS && sha256 && info.lfs?.oid !== sha256) {
        throw new DataError(`${url} is not the file that was published: its SHA-256 differs`);
      }
      const blob = path.join(storage, 'blobs', blobName(info, url));
      await fetchBlob(info, url, blob, {
        ...options,
        onProgress: (progress) => options.onProgress?.(file, progress),
      });
      linkBlob(blob, path.join(snapshot, file));
    }
  } finally {
    await close();
  }
  if (!existsSync(path.join(storage, 'refs', 'main'))) {
    writeFilesAtomic(path.join(storage, 'refs'), { main: revision });
  }
  return snapshot;
}

/** A file's name in the cache: the hash under which the hub stores it. */
function blobName({ lfs, xetHash, oid }: PathInfo, url: string): string {
  const name = lfs?.oid ?? xetHash ?? oid ?? '';
  if (/^[0-9a-f]{40}([0-9a-f]{24})?$/.test(name)) return name;
  throw new DataError(`The hub gives no hash of ${url}`);
}

async function fetchBlob(
  { size, lfs, oid }: PathInfo,
  url: string,
  blob: string,
  options: DownloadOptions,
): Promise<void> {
  if (existsSync(blob)) return;
  await download({ url, bytes: lfs?.size ?? size, sha256: lfs?.oid }, blob, options);
  if (lfs) return;
  // Small files have only git's hash.
  const content = readFileSync(blob);
  const hash = createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
  if (hash === oid) return;
  rmSync(blob);
  throw new DataError(`${url} is not the file expected: git hash ${hash} instead of ${oid}`);
}

/** Gives a cached file its name in the snapshot: by a link, or by a copy if links fail. */
function linkBlob(blob: string, file: string): void {
  if (existsSync(file)) return;
  mkdirSync(path.dirname(file), { recursive: true });
  try {
    replaceLink(path.relative(path.dirname(file), blob), file, 'file');
  } catch {
    const beside = `${file}.${process.pid}.tmp`;
    copyFileSync(blob, beside);
    renameSync(beside, file);
  }
}

/** A `fetch` for the hub's short answers; Node's own ignores proxies and does not retry. */
async function proxiedFetch(): Promise<{ fetch: typeof fetch; close(): Promise<void> }> {
  const undici = await import('undici');
  const agent = new undici.EnvHttpProxyAgent();
  const dispatcher = new undici.RetryAgent(agent, {
    methods: ['GET', 'POST'],
    maxRetries: 4,
    errorCodes: ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'], // retrying without a network is pointless
  });
  type Options = Parameters<typeof undici.request>[1];
  const proxied = async (url: string, init: Options) => {
    const { statusCode, body } = await undici.request(url, { ...init, dispatcher });
    return new Response(await body.text(), { status: statusCode });
  };
  return { fetch: proxied as unknown as typeof fetch, close: () => agent.destroy() };
}

/** Runs `work` and turns any error of the hub into one line. @throws DataError */
async function explainHubErrors<T>(endpoint: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { statusCode, code, message } = error as NodeJS.ErrnoException & { statusCode?: number };
    if (statusCode) throw new DataError(`${endpoint} answered HTTP ${statusCode}`, 'network');
    if (code) {
      throw new DataError(`${endpoint}: no connection (${code}); is there a network?`, 'network');
    }
    throw new DataError(
      `${endpoint} gave an answer that is not the hub's: ${message.split('\n')[0]}`,
    );
  }
}
