/** Choosing the model that the chapters start from: GPT-2 if this machine has it, else our own. */
import path from 'node:path';
import { loadTokenizer } from '../data';
import { phrase } from '../language';
import type { GPTModel } from '../model';
import { BPETokenizer } from '../tokenizer';
import { pretrained, type PretrainedName } from './pretrained';

/** The small model that `./gpt pretrain` made and that comes with the project. */
export const GPT_MINI_DIR = path.resolve(__dirname, '../../data/gpt-mini');
/**
 * Its first edition, trained on old books alone, from which the numbers in chapters 5 to 7 come.
 */
export const GPT_MINI_BOOKS_DIR = path.resolve(__dirname, '../../data/gpt-mini-books');

/** The project's own models. */
type MiniName = 'gpt-mini' | 'gpt-mini-books';
/** Models that {@link loadPretrained} finds. */
export type LanguageModelName = PretrainedName | MiniName;

const MINIS: Readonly<Record<MiniName, { dir: string; description: string }>> = {
  'gpt-mini': { dir: GPT_MINI_DIR, description: 'the small model that comes with the project' },
  'gpt-mini-books': {
    dir: GPT_MINI_BOOKS_DIR,
    description: 'the first edition of the small model that comes with the project',
  },
};

/** Whether a model is one of this project's own. */
export const isMini = (name: LanguageModelName): name is MiniName => name in MINIS;

export interface LanguageModel {
  name: LanguageModelName;
  model: GPTModel;
  tokenizer: BPETokenizer;
  /** One line for the screen: which model it is, and why. */
  note: string;
}

/** The model that {@link loadPretrained} would read, and the reason, without reading it. */
export function choosePretrained(name: LanguageModelName): {
  name: LanguageModelName;
  dir: string;
  note: string;
} {
  if (isMini(name)) {
    const { dir, description } = MINIS[name];
    return { name, dir, note: phrase('{name}, {description}', { name, description }) };
  }
  const { dir, note } = pretrained(name);
  if (dir) return { name, dir, note };
  const instead = choosePretrained('gpt-mini');
  return {
    ...instead,
    note: phrase('{note}. Instead: {instead}', { note, instead: instead.note }),
  };
}

/**
 * GPT-2's tokenizer, or that of one of the project's own models.
 *
 * @throws DataError like `loadTokenizer`
 */
export function pretrainedTokenizer(name: LanguageModelName): BPETokenizer {
  return isMini(name) ? loadTokenizer(MINIS[name].dir) : BPETokenizer.gpt2();
}
