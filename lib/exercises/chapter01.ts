/** The checks of chapter 1, Tokenization. */
import { tf } from '../backend';
import { BPETokenizer } from '../tokenizer';
import { messagesOf } from './say';
import { clinic, exercise, show } from './verdict';

const say = messagesOf('chapter01');

/** Exercise 1.1: the first three tokens that merging makes, as text. */
export const firstMerges = exercise<readonly string[]>(
  () => say`Each merge builds on the one before: that is how long words become one token.`,
  (answer) => {
    if (!Array.isArray(answer) || answer.length !== 3) {
      return say`Give three tokens, such as ['xy', 'xyz', 'zy'], not ${show(answer)}.`;
    }
    const [first, second, third] = answer;
    if (first === 'na') {
      return say`"an" and "na" are equally frequent; of equals, the one with the smaller left token goes first.`;
    }
    if (first === 'as' || first === 'ba') {
      return say`"${first}" occurs in one of the two words only. Count a pair everywhere, as often as its word occurs.`;
    }
    if (first !== 'an')
      return say`The first token is not ${show(first)}: which pair occurs 10 times?`;
    if (second === 'na') {
      return say`After the first merge the words are b·an·an·a and an·an·a·s: no "n" is left on its own.`;
    }
    if (second === 'anan') {
      return say`"an"+"an" and "an"+"a" are equally frequent; then the smaller right token goes first, and "a" is an older token than "an".`;
    }
    if (second !== 'ana') {
      return say`The second token is not ${show(second)}: write both words after the first merge, and count again.`;
    }
    if (third !== 'anana') {
      return say`The third token is not ${show(third)}: the words are now b·an·ana and an·ana·s.`;
    }
    return undefined;
  },
);

/** The sign at the end of a piece of text whose last character was cut in two. */
const TORN = '\uFFFD';

/** Exercise 1.2: the longest beginning of a text that fits into a number of tokens. */
export const fitTokens = exercise<(text: string, maxTokens: number) => string>(
  () => say`A chat program does this each time a conversation outgrows the context.`,
  (answer) => {
    const gpt2 = BPETokenizer.gpt2();
    const cases: [text: string, maxTokens: number, expected: string][] = [
      ['It is a truth universally acknowledged', 3, 'It is a'],
      ['Amor é fogo que arde sem se ver', 100, 'Amor é fogo que arde sem se ver'],
      ['Bom dia', 0, ''],
      ['Bom dia 🙂', 4, 'Bom dia'],
      ['日本', 3, '日'],
      ['a🙂🙂', 4, 'a🙂'],
      ['Olá 👩‍🚀!', 5, 'Olá 👩'],
    ];
    for (const [text, maxTokens, expected] of cases) {
      const got = answer(text, maxTokens);
      if (got === expected) continue;
      const call = `fitTokens(${show(text)}, ${maxTokens})`;
      if (typeof got !== 'string')
        return say`${call} gave ${show(got)}, and a string was expected.`;
      if (got === text.slice(0, maxTokens)) {
        return say`${call} gave ${show(got)}: that counts characters. Count tokens: ${show(expected)}.`;
      }
      if (got.includes(TORN)) {
        return say`${call} gave ${show(got)}: the last token holds only part of a character. Leave that part out.`;
      }
      const used = gpt2.encode(got, { allowedSpecial: 'none' }).length;
      if (used > maxTokens) return say`${call} gave ${show(got)}, which takes ${used} tokens.`;
      if (expected.startsWith(got)) {
        return say`${call} gave ${show(got)}, but more fits: ${show(expected)}.`;
      }
      return say`${call} gave ${show(got)}; expected ${show(expected)}.`;
    }
    // A text may hold U+FFFD itself.
    const odd = `a${TORN}b`;
    if (answer(odd, 50) !== odd) {
      return say`The text ${show(odd)} holds the character U+FFFD itself, and all of it fits: only what the cut tore may go.`;
    }
    return undefined;
  },
);

/**
 * Exercise 1.3: an English word that GPT-2 takes for one token, and a Portuguese one that it tears.
 */
export const wordPrices = exercise<{ english: string; portuguese: string }>(
  () => say`Nothing in the algorithm prefers English: the text it was trained on does.`,
  (answer) => {
    const gpt2 = BPETokenizer.gpt2();
    const limits = {
      english: { letters: (n: number) => n >= 12, rule: say`at least 12 letters` },
      portuguese: { letters: (n: number) => n <= 6, rule: say`at most 6 letters` },
    };
    for (const language of ['english', 'portuguese'] as const) {
      const word = answer[language];
      if (typeof word !== 'string' || !/^[\p{L}\p{M}]+$/u.test(word)) {
        return say`${language} must be one word of letters only, without spaces, not ${show(word)}.`;
      }
      const { letters, rule } = limits[language];
      const count = [...word.normalize('NFC')].length;
      if (!letters(count)) return say`"${word}" has ${count} letters; ${rule} were asked for.`;
      const pieces = gpt2.encode(` ${word}`).map((id) => gpt2.tokenText(id));
      const split = say`GPT-2 cuts " ${word}" into ${pieces.length}: ${pieces.join('|')}.`;
      if (language === 'english' && pieces.length > 1)
        return say`${split} One token was asked for.`;
      if (language === 'portuguese' && pieces.length < 4) {
        return say`${split} At least four were asked for: try rarer words, accents, capitals.`;
      }
    }
    return undefined;
  },
);

/** Windows of a training set: targets are inputs shifted by one token. */
export interface Windows {
  inputs: number[][];
  targets: number[][];
}

/** Exercise 1.4: documents joined by an end token, and cut into windows without overlap. */
export const packDocuments = exercise<
  (documents: number[][], length: number, endId: number) => Windows
>(
  () =>
    say`GPT models are trained this way: windows cross the borders of documents, which the end token marks.`,
  (answer) => {
    const cases: [documents: number[][], length: number, endId: number, expected: Windows][] = [
      [
        [
          [1, 2, 3],
          [4, 5],
        ],
        3,
        0,
        // 1 2 3 0 4 5 0
        {
          inputs: [
            [1, 2, 3],
            [0, 4, 5],
          ],
          targets: [
            [2, 3, 0],
            [4, 5, 0],
          ],
        },
      ],
      [
        [[7, 8, 9, 10]],
        2,
        99,
        // 7 8 9 10 99
        {
          inputs: [
            [7, 8],
            [9, 10],
          ],
          targets: [
            [8, 9],
            [10, 99],
          ],
        },
      ],
      [
        [[1, 2], [3], [4, 5, 6]],
        4,
        0,
        {
          // 1 2 0 3 0 4 5 6 0
          inputs: [
            [1, 2, 0, 3],
            [0, 4, 5, 6],
          ],
          targets: [
            [2, 0, 3, 0],
            [4, 5, 6, 0],
          ],
        },
      ],
    ];
    for (const [documents, length, endId, expected] of cases) {
      const before = JSON.stringify(documents);
      const got = answer(documents, length, endId);
      const call = `packDocuments(${before}, ${length}, ${endId})`;
      if (JSON.stringify(documents) !== before) {
        return say`${call} changed the documents it was given: copy them first.`;
      }
      if (!Array.isArray(got?.inputs) || !Array.isArray(got?.targets)) {
        return say`${call} gave ${show(got)}; expected { inputs, targets }, each an array of windows.`;
      }
      if (JSON.stringify(got) === JSON.stringify(expected)) continue;
      const { inputs, targets } = got;
      const all = say`${call} gave ${show({ inputs, targets })}`;
      const ends = (ids: number[][]) => ids.flat().filter((id) => id === endId).length;
      if (inputs.length !== targets.length) {
        return say`${all}: each window of inputs needs one of targets.`;
      }
      if ([...inputs, ...targets].some((window) => window.length !== length)) {
        return say`${all}: every window must have ${length} ids. A last one that is not full is left out.`;
      }
      if (JSON.stringify(inputs) === JSON.stringify(targets) && inputs.length > 0) {
        return say`${all}: the targets are the inputs. A target is the token that comes next.`;
      }
      if (ends(inputs) + ends(targets) === 0) {
        return say`${all}: where is the end token ${endId}? It follows each document, the last one too.`;
      }
      if (inputs.length > expected.inputs.length) {
        return say`${all}: too many windows. They do not overlap, and each needs a target for its last token.`;
      }
      if (inputs.length < expected.inputs.length) {
        return say`${all}: a window is missing. Windows may cross the border of documents, and the last token may be a target only.`;
      }
      return say`${all}; expected ${show(expected)}.`;
    }
    return undefined;
  },
);

/** Exercise 1.5: token and position embeddings added, without `tf.gather`. */
export const inputVectors = exercise<
  (ids: number[][], tokenTable: tf.Tensor2D, positionTable: tf.Tensor2D) => tf.Tensor
>(
  () =>
    say`An embedding is a matrix product with one-hot rows; looking rows up only saves multiplying by zeros.`,
  (answer) =>
    // Frees what an answer leaves behind, too.
    tf.tidy(() => {
      const ids = [
        [4, 0, 2],
        [2, 2, 1],
      ];
      const [vocabSize, dim, contextLength] = [5, 4, 6];
      const expected = ids.map((row) =>
        row.map((id, position) =>
          Array.from({ length: dim }, (_, c) => 10 * id + c + 0.1 * (position + 1) * (c + 1)),
        ),
      );
      const tokenTable = tf.tensor2d(
        Array.from({ length: vocabSize * dim }, (_, i) => 10 * Math.floor(i / dim) + (i % dim)),
        [vocabSize, dim],
      );
      const positionTable = tf.tensor2d(
        Array.from(
          { length: contextLength * dim },
          (_, i) => 0.1 * (Math.floor(i / dim) + 1) * ((i % dim) + 1),
        ),
        [contextLength, dim],
      );
      const tokensAlone = tokenTable.gather(tf.tensor2d(ids, undefined, 'int32')).arraySync();
      const before = tf.memory().numTensors;
      const got: unknown = answer(ids, tokenTable, positionTable);
      const isTensor = got instanceof tf.Tensor;
      const shape = isTensor ? got.shape : [];
      const values = isTensor ? got.arraySync() : undefined;
      if (isTensor) got.dispose();
      const left = tf.memory().numTensors - before;

      if (!isTensor) return say`Your function gave ${show(got)}; a tensor was expected.`;
      const wanted = [ids.length, ids[0].length, dim];
      if (shape.join() !== wanted.join()) {
        return say`Your tensor has shape [${shape}]; ids of shape [2, 3] become [${wanted}]: (batch, tokens, dimensions).`;
      }
      const close = (a: unknown, b: unknown) => {
        const [x, y] = [a, b].map((v) => (v as number[][][]).flat(2));
        return x.every((value, i) => Math.abs(value - y[i]) < 1e-4);
      };
      if (close(values, tokensAlone)) {
        return say`These are the token embeddings alone: add row p of the position table at position p.`;
      }
      if (!close(values, expected)) {
        const [first, wanted] = [values, expected].map((v) =>
          show((v as number[][][])[0][0].map((value) => +value.toFixed(2))),
        );
        return say`The first vector is ${first}; row 4 of the token table plus row 0 of the position table is ${wanted}. The position counts within each row of the batch, from 0.`;
      }
      if (left !== 0) {
        return say`The numbers are right, but ${left} tensors stay in memory: wrap the work in tf.tidy(() => …).`;
      }
      return undefined;
    }),
);

/** Exercise 1.6: the lines of the fault clinic. */
export const findFaults = clinic(
  () =>
    say`A takes merges in the order of their digits, as sort() compares text. B cuts the marker to pieces before looking for it. C keeps ids of GPT-4 in two bytes, which end at 65,535.`,
  {
    A: {
      lines: 7,
      guilty: 5,
      hint: () => say`Which merges are possible in " effort", and which goes first?`,
    },
    B: { lines: 3, guilty: 2, hint: () => say`What does line 3 compare with the marker?` },
    C: {
      lines: 7,
      guilty: 4,
      hint: () => say`How large is the largest id of the Portuguese text?`,
    },
  },
);
