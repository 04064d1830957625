/**
 * Data: the texts that the chapters read, and the batches that training takes from them. Their
 * files come from a catalogue with hashes: `./gpt data fetch NAME` fetches one into a cache of
 * verified files. Training takes windows over a text's tokens, in an order that a seed decides.
 * Only `fetchData` and `download` use the network; looking for a file never does.
 */
export { DataError } from './core/errors';
export { writeFilesAtomic } from './core/atomic-write';
export { permutation, seededRandom } from './core/seeded-random';
export { readText } from './core/read-file';
export { CATALOGUE, type DataFile } from './data/catalogue';
export { temporaryFolder } from './data/temporary-folder';
export { download, type DownloadOptions, type Progress } from './data/download';
export {
  dataPath,
  dataPlaces,
  fetchData,
  findData,
  knownData,
  loadText,
  openText,
  verifyData,
  type OpenedText,
  type Source,
  type Verdict,
} from './data/store';
export { SlidingWindowLoader, type Batch, type SlidingWindowOptions } from './data/sliding-window';
export { EpochLoader, type LoaderState } from './data/epoch-loader';
export {
  loadTokenizer,
  missingTokenizerFiles,
  saveTokenizer,
  tokenizerFiles,
} from './data/tokenizer-files';
