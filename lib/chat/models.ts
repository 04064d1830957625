/** The models that the chat uses, each loaded at its first use. */
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { loadClassifier, SPAM_CLASSIFIER_DIR, type Classifier } from '../classification';
import { INSTRUCTION_MODEL_DIR, loadInstructionModel } from '../instruction';
import type { TextModel } from '../decoding';
import { countParameters, type GPTModel } from '../model';
import type { BPETokenizer } from '../tokenizer';
import { GPT_MINI_DIR, loadPretrained, openModel, pretrained } from '../weights';
import { forWriting, type WeightType } from '../writing';
import { ChatError } from './errors';

/** A model in a folder, loaded at its first use and again when a notebook has saved another one. */
class ModelSlot<T extends { dispose(): void }> {
  private loaded?: { value: T; stamp: string };

  /** @param name the model's name in errors */
  constructor(
    private readonly name: string,
    private readonly dir: string | undefined,
    private readonly load: (dir: string) => Promise<T>,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Whether there is a model, loaded or in the folder. */
  get available(): boolean {
    return this.loaded !== undefined || this.stamp() !== undefined;
  }

  /** @throws ChatError 503 if there is no model */
  check(): void {
    if (this.available) return;
    throw new ChatError(
      503,
      'no-model',
      `There is no ${this.name} yet; the page says what makes it`,
    );
  }

  /**
   * The model. Only one caller may use it at a time: a call may dispose the model of an earlier
   * call.
   *
   * @throws ChatError 503 if there is no model or it cannot be read; an older one remains in use
   */
  async get(): Promise<T> {
    this.check();
    const stamp = this.stamp();
    if (this.loaded && (stamp === undefined || stamp === this.loaded.stamp))
      return this.loaded.value;
    try {
      const value = await this.load(this.dir!);
      this.dispose();
      this.loaded = { value, stamp: stamp! };
    } catch (error) {
      this.onError(error);
      if (!this.loaded) {
        const message = `The ${this.name} cannot be read; the terminal of the chat says why`;
        throw new ChatError(503, 'broken-model', message);
      }
      this.loaded.stamp = stamp!; // so that the error is reported once
    }
    return this.loaded.value;
  }

  /** Changes whenever a file in the folder does; undefined if there are no files. */
  private stamp(): string | undefined {
    const { dir } = this;
    if (dir === undefined) return undefined;
    try {
      const files = readdirSync(dir).sort();
      const stamps = files.map((name) => `${name} ${statSync(path.join(dir, name)).mtimeMs}`);
      return stamps.join('\n') || undefined;
    } catch {
      return undefined;
    }
  }

  /** Frees the model. */
  dispose(): void {
    this.loaded?.value.dispose();
    this.loaded = undefined;
  }
}

/** Where the chat finds its models. */
export interface ChatModelOptions {
  /** The classifier's folder; default: the one in which notebook 6 saves it. */
  classifierDir?: string;
  /** The folder of the instruction-tuned model; default: the one in which notebook 7 saves it. */
  instructionDir?: string;
  /** The type to which `forWriting` packs the weights of models that write; default: no packing. */
  weights?: WeightType;
}

/** A language model with its tokenizer. */
export interface Writer {
  model: GPTModel | TextModel;
  tokenizer: BPETokenizer;
  dispose(): void;
}

export interface ChatModels {
  readonly classifier: ModelSlot<Classifier>;
  readonly 'gpt-mini': ModelSlot<Writer>;
  readonly gpt2: ModelSlot<Writer>;
  readonly instruction: ModelSlot<Writer>;
  /** Which of them are on this machine. */
  available(): Record<string, boolean>;
  /** The number of parameters of each model whose size is known. */
  readonly parameters: Readonly<Record<string, number>>;
  dispose(): void;
}

/** The chat's models; none is loaded yet. @param onError receives the errors of loading */
export function chatModels(
  options: ChatModelOptions,
  onError: (error: unknown) => void,
): ChatModels {
  const { classifierDir = SPAM_CLASSIFIER_DIR, instructionDir = INSTRUCTION_MODEL_DIR } = options;
  const { weights } = options;
  const writer =
    (load: (dir: string) => Promise<{ model: GPTModel; tokenizer: BPETokenizer }>) =>
    async (dir: string): Promise<Writer> => {
      const { model, tokenizer } = await load(dir);
      if (!weights) return { model, tokenizer, dispose: () => model.dispose() };
      try {
        const writing = forWriting(model, { weights });
        return { model: writing, tokenizer, dispose: () => writing.dispose() };
      } finally {
        model.dispose();
      }
    };
  const mini = writer(() => loadPretrained('gpt-mini'));
  const gpt2Dir = pretrained('gpt2').dir;
  const slots = {
    classifier: new ModelSlot('classifier', classifierDir, loadClassifier, onError),
    'gpt-mini': new ModelSlot('gpt-mini', GPT_MINI_DIR, mini, onError),
    gpt2: new ModelSlot(
      'GPT-2',
      gpt2Dir,
      writer(() => loadPretrained('gpt2')),
      onError,
    ),
    instruction: new ModelSlot(
      'instruction-tuned model',
      instructionDir,
      writer(loadInstructionModel),
      onError,
    ),
  };
  const entries = Object.entries(slots);
  return {
    ...slots,
    parameters: { ...parametersOf('gpt-mini', GPT_MINI_DIR), gpt2: countParameters('gpt2') },
    available: () => Object.fromEntries(entries.map(([name, slot]) => [name, slot.available])),
    dispose: () => entries.forEach(([, slot]) => slot.dispose()),
  };
}

/** The number of a model's parameters, by its name; empty if its folder cannot be read. */
function parametersOf(name: string, dir: string): Record<string, number> {
  try {
    return { [name]: countParameters(openModel(dir).config) };
  } catch {
    return {}; // the error is reported when the model is used
  }
}
