/** A classifier for the tests: small, trained in a second on a few messages. */
import { initBackend } from '../../backend';
import {
  ClassificationModel,
  Classifier,
  fineTune,
  saveClassifier,
  SPAM_LABELS,
  TextLoader,
  withTargets,
  type Message,
} from '../../classification';
import { GPTModel } from '../../model';
import { BPETokenizer, END_OF_TEXT } from '../../tokenizer';

export const HAM = 'see you at dinner';
const HAMS = [HAM, 'are you home tonight', 'thanks for the soup, mum', 'call me later'];
export const SPAM = 'You won a free prize, call now to claim your cash';
const SPAMS = [SPAM, 'free cash prize, claim it now', 'win a prize now', 'claim your free phone'];

/** Trains it and saves it in a folder. */
export async function saveTinyClassifier(dir: string): Promise<void> {
  await initBackend();
  const messages: Message[] = HAMS.flatMap((text, i) => [
    { label: 'ham', text },
    { label: 'spam', text: SPAMS[i] },
  ]);
  const text = messages.map((message) => message.text).join('\n');
  const tokenizer = BPETokenizer.train(text, { vocabSize: 320, specialTokens: [END_OF_TEXT] });
  const gpt = new GPTModel({
    vocabSize: tokenizer.vocabSize,
    contextLength: 64,
    embDim: 16,
    nHeads: 2,
    nLayers: 1,
    dropRate: 0,
  });
  const model = new ClassificationModel(gpt, 2);
  const loader = new TextLoader(withTargets(messages), tokenizer, { batchSize: 8 });
  await fineTune(model, loader, undefined, { steps: 40, learningRate: 0.02, quiet: true });
  const classifier = new Classifier({ model, tokenizer, labels: SPAM_LABELS });
  saveClassifier(classifier, dir);
  classifier.dispose();
}
