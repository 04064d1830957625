/** The model that the chapters start from: GPT-2 where it is, else the project's own. */
import path from 'node:path';
import { loadTokenizer } from '../data';
import { phrase } from '../language';
import type { GPTModel } from '../model';
import { BPETokenizer } from '../tokenizer';
import { pretrained, type PretrainedName } from './pretrained';

/** The small model that `npm run pretrain` made and the project ships. */
export const GPT_MINI_DIR = path.resolve(__dirname, '../../data/gpt-mini');
/** Its first edition, which read old books alone: the numbers in chapters 5 to 7 are from it. */
export const GPT_MINI_BOOKS_DIR = path.resolve(__dirname, '../../data/gpt-mini-books');

export type MiniName = 'gpt-mini' | 'gpt-mini-books';
/** Models that {@link loadPretrained} finds. */
export type LanguageModelName = PretrainedName | MiniName;

const MINIS: Readonly<Record<MiniName, { dir: string; what: string }>> = {
  'gpt-mini': { dir: GPT_MINI_DIR, what: 'the small model that comes with the project' },
  'gpt-mini-books': {
    dir: GPT_MINI_BOOKS_DIR,
    what: 'the first edition of the small model that comes with the project',
  },
};

/** Whether a model is one of this project's own. */
export const isMini = (name: LanguageModelName): name is MiniName => name in MINIS;

export interface LanguageModel {
  name: LanguageModelName;
  model: GPTModel;
  tokenizer: BPETokenizer;
  /** One line for the screen: which model it is, and why this one. */
  note: string;
}

/** Where {@link loadPretrained} would read from. */
export function choosePretrained(name: LanguageModelName): {
  name: LanguageModelName;
  dir: string;
  note: string;
} {
  if (isMini(name)) {
    const note = phrase('{name}, {what}', { name, what: MINIS[name].what });
    return { name, dir: MINIS[name].dir, note };
  }
  const { dir, note } = pretrained(name);
  if (dir) return { name, dir, note };
  const instead = choosePretrained('gpt-mini');
  return {
    ...instead,
    note: phrase('{note}. Instead: {instead}', { note, instead: instead.note }),
  };
}

/** GPT-2's tokenizer, or that of one of the project's own models. */
export function pretrainedTokenizer(name: LanguageModelName): BPETokenizer {
  return isMini(name) ? loadTokenizer(MINIS[name].dir) : BPETokenizer.gpt2();
}
