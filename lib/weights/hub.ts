/** GPT-2's weights from the Hugging Face hub, into the cache that Hugging Face's libraries share. */
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

/** The model, and its tokenizer, so that the folder is complete. */
const WEIGHTS = 'model.safetensors';
const FILES = ['config.json', 'vocab.json', 'merges.txt', WEIGHTS];

export interface FetchOptions extends Omit<DownloadOptions, 'onProgress'> {
  onProgress?: (file: string, progress: Progress) => void;
}

/**
 * The folder of a published GPT-2, fetched when it is not on this machine; a broken download goes
 * on where it stopped. `GPT_OFFLINE=1` and `HF_HUB_OFFLINE=1` forbid the network.
 *
 * @throws DataError in one line when the weights cannot be had
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
 * Fetches the model in a repository of the hub, every file's hash verified, and returns its folder
 * in the cache. `HF_ENDPOINT` names another hub; proxies as for all downloads.
 *
 * @throws DataError in one line
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
    const infos = await explained(endpoint, () => hub.pathsInfo({ ...where, paths: FILES }));
    for (const file of FILES) {
      const info = infos.find((one) => one.path === file);
      const url = `${endpoint}/${repo}/resolve/${revision}/${file}`;
      if (!info) throw new DataError(`${endpoint} has no ${file} in ${repo}`);
      if (file === WEIGHTS && sha256 && info.lfs?.oid !== sha256) {
        throw new DataError(`${url} is not the file that was published: its SHA-256 is another`);
      }
      const blob = path.join(storage, 'blobs', blobName(info, url));
      await fetchBlob(info, url, blob, {
        ...options,
        onProgress: (progress) => options.onProgress?.(file, progress),
      });
      nameBlob(blob, path.join(snapshot, file));
    }
  } finally {
    await close();
  }
  if (!existsSync(path.join(storage, 'refs', 'main'))) {
    writeFilesAtomic(path.join(storage, 'refs'), { main: revision });
  }
  return snapshot;
}

/** A file's name in the cache: the hash that the hub knows it by. */
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
  // Small files have git's hash only.
  const content = readFileSync(blob);
  const hash = createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
  if (hash === oid) return;
  rmSync(blob);
  throw new DataError(`${url} is not the file expected: git hash ${hash} instead of ${oid}`);
}

/** Puts a file of the repository into its place: a link to its content, or a copy where links fail. */
function nameBlob(blob: string, file: string): void {
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

/** For the hub's short answers: Node's own fetch knows no proxies and does not try again. */
async function proxiedFetch(): Promise<{ fetch: typeof fetch; close(): Promise<void> }> {
  const undici = await import('undici');
  const agent = new undici.EnvHttpProxyAgent();
  const dispatcher = new undici.RetryAgent(agent, {
    methods: ['GET', 'POST'],
    maxRetries: 4,
    errorCodes: ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'], // without a network it is no use
  });
  type Options = Parameters<typeof undici.request>[1];
  const proxied = async (url: string, init: Options) => {
    const { statusCode, body } = await undici.request(url, { ...init, dispatcher });
    return new Response(await body.text(), { status: statusCode });
  };
  return { fetch: proxied as unknown as typeof fetch, close: () => agent.destroy() };
}

/** Says in one line what went wrong between us and the hub. */
async function explained<T>(endpoint: string, work: () => Promise<T>): Promise<T> {
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
