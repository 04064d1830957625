/** JSON as the safetensors library reads it, which is stricter than `JSON.parse`. */

/**
 * A JSON value. Integers that fit into 64 unsigned bits are bigints; all other numbers are numbers.
 */
export type JsonValue =
  null | boolean | string | number | bigint | JsonValue[] | Map<string, JsonValue>;

/** Greatest depth of nested arrays and objects. */
const MAX_DEPTH = 127;
const MAX_U64 = 2n ** 64n - 1n;

const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const ESCAPES: Record<string, string> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/** The text is not JSON; the message says where and why. */
export class JsonError extends Error {}

/**
 * Parses JSON by RFC 8259 with serde_json's limits. Unlike `JSON.parse` it keeps integers exact and
 * distinct from `4.0`, keeps every key as it is (`__proto__` too), reports duplicate keys, and
 * refuses deep nesting, half a surrogate pair, and numbers too large for a float64.
 *
 * @returns the value, and the first key that an object has twice, if there is one
 * @throws JsonError
 */
export function parseJson(text: string): { value: JsonValue; duplicate?: string } {
  return new Parser(text).parse();
}

class Parser {
  private at = 0;
  private depth = 0;
  private duplicate?: string;

  constructor(private readonly text: string) {}

  parse(): { value: JsonValue; duplicate?: string } {
    const value = this.value();
    if (this.next() !== undefined) throw this.error('nothing more');
    return { value, duplicate: this.duplicate };
  }

  private error(expected: string): JsonError {
    const found = this.at < this.text.length ? JSON.stringify(this.text[this.at]) : 'the end';
    return new JsonError(`expected ${expected} at character ${this.at}, found ${found}`);
  }

  /** The next character that is not white space. */
  private next(): string | undefined {
    while (' \n\t\r'.includes(this.text[this.at] ?? 'end')) this.at++;
    return this.text[this.at];
  }

  private skip(character: string): boolean {
    if (this.next() !== character) return false;
    this.at++;
    return true;
  }

  private value(): JsonValue {
    switch (this.next()) {
      case '{':
        return this.nested(() => this.object());
      case '[':
        return this.nested(() => this.array());
      case '"':
        return this.string();
      case 'n':
        return this.word('null', null);
      case 't':
        return this.word('true', true);
      case 'f':
        return this.word('false', false);
      default:
        return this.number();
    }
  }

  private nested<T>(read: () => T): T {
    if (++this.depth > MAX_DEPTH) throw this.error(`at most ${MAX_DEPTH} levels`);
    this.at++;
    const value = read();
    this.depth--;
    return value;
  }

  private object(): Map<string, JsonValue> {
    const entries = new Map<string, JsonValue>();
    if (this.skip('}')) return entries;
    do {
      if (this.next() !== '"') throw this.error('a key in quotes');
      const key = this.string();
      if (!this.skip(':')) throw this.error('":"');
      if (entries.has(key)) this.duplicate ??= key;
      entries.set(key, this.value());
    } while (this.skip(','));
    if (!this.skip('}')) throw this.error('"," or "}"');
    return entries;
  }

  private array(): JsonValue[] {
    const items: JsonValue[] = [];
    if (this.skip(']')) return items;
    do items.push(this.value());
    while (this.skip(','));
    if (!this.skip(']')) throw this.error('"," or "]"');
    return items;
  }

  private word<T>(word: string, value: T): T {
    if (!this.text.startsWith(word, this.at)) throw this.error(word);
    this.at += word.length;
    return value;
  }

  private number(): number | bigint {
    NUMBER.lastIndex = this.at;
    const match = NUMBER.exec(this.text);
    if (!match) throw this.error('a value');
    const [token, fraction, exponent] = match;
    const value = Number(token);
    if (!Number.isFinite(value)) throw this.error('a number that fits a float64');
    this.at += token.length;
    if (fraction || exponent || token.startsWith('-')) return value;
    if (value < Number.MAX_SAFE_INTEGER) return BigInt(value);
    const exact = token.length > 20 ? MAX_U64 + 1n : BigInt(token);
    return exact > MAX_U64 ? value : exact;
  }

  private string(): string {
    let result = '';
    let start = ++this.at; // of the part that is not copied yet
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code === 0x22) {
        result += this.text.slice(start, this.at++);
        return result;
      }
      if (code === 0x5c) {
        result += this.text.slice(start, this.at++) + this.escape();
        start = this.at;
      } else if (code >= 0x20) {
        this.at++;
      } else {
        throw this.error('the end of the string'); // control character, or no more text (NaN)
      }
    }
  }

  private escape(): string {
    const letter = this.text[this.at] ?? '';
    if (letter !== 'u') {
      if (!Object.hasOwn(ESCAPES, letter)) throw this.error('an escape such as \\n');
      this.at++;
      return ESCAPES[letter];
    }
    const first = this.hex();
    if (first < 0xd800 || first > 0xdfff) return String.fromCharCode(first);
    const paired = first < 0xdc00 && this.text[this.at] === '\\' && this.text[this.at + 1] === 'u';
    if (paired) {
      this.at++;
      const second = this.hex();
      if (second >= 0xdc00 && second <= 0xdfff) return String.fromCharCode(first, second);
    }
    throw this.error('both halves of a surrogate pair');
  }

  /** Reads the four digits after `u`. */
  private hex(): number {
    const digits = this.text.slice(this.at + 1, this.at + 5);
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw this.error('four hexadecimal digits');
    this.at += 5;
    return parseInt(digits, 16);
  }
}
