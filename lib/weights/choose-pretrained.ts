/** The model that the chapters start from: GPT-2 where it is, else the project's own. */
import path from 'node:path';
import { loadTokenizer } from '../data';
import type { GPTModel } from '../model';
import { BPETokenizer } from '../tokenizer';
import { pretrained, type PretrainedName } from './pretrained';

/** The small model that `npm run pretrain` made and the project ships. */
export const GPT_MINI_DIR = path.resolve(__dirname, '../../data/gpt-mini');

export interface LanguageModel {
  name: PretrainedName | 'gpt-mini';
  model: GPTModel;
  tokenizer: BPETokenizer;
  /** One line for the screen: which model it is, and why this one. */
  note: string;
}

/** Where {@link loadPretrained} would read from. */
export function choosePretrained(name: PretrainedName | 'gpt-mini'): {
  name: PretrainedName | 'gpt-mini';
  dir: string;
  note: string;
} {
  const mini = 'gpt-mini, the small model that comes with the project';
  if (name === 'gpt-mini') return { name, dir: GPT_MINI_DIR, note: mini };
  const { dir, note } = pretrained(name);
  if (dir) return { name, dir, note };
  return { name: 'gpt-mini', dir: GPT_MINI_DIR, note: `${note}. Instead: ${mini}` };
}

/** GPT-2's tokenizer, or that of gpt-mini. */
export function pretrainedTokenizer(name: PretrainedName | 'gpt-mini'): BPETokenizer {
  return name === 'gpt-mini' ? loadTokenizer(GPT_MINI_DIR) : BPETokenizer.gpt2();
}
