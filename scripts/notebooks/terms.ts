// The words of GLOSSARY.md, one for each thing, in the Portuguese notebooks.

import type { Notebook } from './cells';
import type { Finding } from './rules';

/** What is not written, and the glossary's word that is. */
export const TERMS: readonly [not: RegExp, but: string][] = [
  [/tokenizers?/i, 'tokenizador'],
  [/batch(es)?/i, 'lote'],
  [/fichas?/i, 'token'],
  [/incorporaç(ão|ões)|representaç(ão|ões) vetoria(l|is)/i, 'embedding'],
  [/loss(es)?/i, 'perda'],
  [/auto-?atenção/i, 'self-attention'],
  [/(atenção )?multi-?cabeças?/i, 'multi-head attention'],
  [/mascara(mento)? causal|máscara (de causalidade|triangular)/i, 'máscara causal'],
  [/consultas?, chaves? e valor(es)?/i, 'query, key, value'],
  [/shape/i, 'formato'],
  [/skip connections?|shortcuts?|conex(ão|ões) de atalho|atalhos?/i, 'conexão residual'],
  [/layer norm(alization)?|normalização (da|em|por) camadas?/i, 'normalização de camada'],
  [/ajuste fino|afinaç(ão|ões)|refinamento/i, 'fine-tuning'],
  [/sobre-?ajust(e|ado)|superajuste/i, 'overfitting'],
  [/taxa de aprendizagem|learning rate/i, 'taxa de aprendizado'],
  [/pré-treino|pretraining/i, 'pré-treinamento'],
  [/pesos (pretreinados|treinados previamente)/i, 'pesos pré-treinados'],
  [/back-?propagation|propagação reversa/i, 'retropropagação'],
  [/entropia-cruzada|cross-?entropy/i, 'entropia cruzada'],
  [/acuracidade|accuracy/i, 'acurácia'],
  [/revocação|sensibilidade/i, 'precisão e recall'],
  [/linha de base/i, 'baseline'],
  [/threshold/i, 'limiar'],
  [/modelo de língua/i, 'modelo de linguagem'],
  [/warm-?up/i, 'aquecimento'],
  [/early stopping/i, 'parada antecipada'],
  [/gradientes? (evanescentes?|que somem?)|vanishing gradient/i, 'desaparecimento do gradiente'],
];

/** What is written in Portugal, and in Brazil. */
const BRAZILIAN: readonly [not: RegExp, but: string][] = [
  [/ficheiros?/i, 'arquivo'],
  [/ecrãs?/i, 'tela'],
  [/utilizador(es|as?)?/i, 'usuário'],
  [/factos?/i, 'fato'],
  [/secç(ão|ões)/i, 'seção'],
];

/** Prose without code, links' targets, and what stands in brackets, where both words may be named. */
const plain = (source: string) =>
  source
    .replace(/^(```|~~~)[\s\S]*?^\1/gm, '')
    .replace(/`[^`\n]*`/g, '')
    .replace(/\]\([^)]*\)/g, ']')
    .replace(/<!--[\s\S]*?-->|<[^>]+>/g, '')
    .replace(/\([^()]*\)/g, '');

/** Where a Portuguese notebook says in another way what the glossary has a word for. */
export function checkTerms(notebook: Notebook): Finding[] {
  return notebook.cells.flatMap((cell, i) => {
    if (cell.type !== 'markdown') return [];
    const text = plain(cell.source);
    return [...TERMS, ...BRAZILIAN].flatMap(([not, but]): Finding[] => {
      const found = new RegExp(`(?<![\\p{L}-])(?:${not.source})(?![\\p{L}])`, 'iu').exec(text);
      if (!found) return [];
      const message = `says "${found[0]}"; the word here is "${but}"`;
      return [{ notebook: notebook.name, cell: { id: cell.id, number: i + 1 }, message }];
    });
  });
}
