/**
 * GPT-2's alphabet of symbols: a token is a sequence of bytes, and files write each byte as one
 * visible character (`bytes_to_unicode` in openai/gpt-2, src/encoder.py).
 */

const isVisible = (byte: number): boolean =>
  (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;

const allBytes = Array.from({ length: 256 }, (_, byte) => byte);
const visible = allBytes.filter(isVisible);

/** The bytes of the ids 0 to 255: the visible characters of Latin-1 first, then the rest. */
export const BYTE_ORDER: readonly number[] = [
  ...visible,
  ...allBytes.filter((byte) => !isVisible(byte)),
];

const byteToSymbol: string[] = [];
const symbolToByte = new Map<string, number>();
BYTE_ORDER.forEach((byte, id) => {
  const symbol = String.fromCharCode(isVisible(byte) ? byte : 256 + id - visible.length);
  byteToSymbol[byte] = symbol;
  symbolToByte.set(symbol, byte);
});

/** Bytes as files write them, one character for each byte: ` the` is `Ġthe`, `é` is `Ã©`. */
export function toSymbols(bytes: Uint8Array): string {
  let symbols = '';
  for (const byte of bytes) symbols += byteToSymbol[byte];
  return symbols;
}

/** The bytes that `toSymbols` wrote, or undefined if a character is not in the alphabet. */
export function fromSymbols(symbols: string): Uint8Array | undefined {
  const bytes = Array.from(symbols, (symbol) => symbolToByte.get(symbol) ?? -1);
  return bytes.includes(-1) ? undefined : Uint8Array.from(bytes);
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Bytes as text. If they are not whole characters, each byte beyond ASCII is written as `\xE2`. */
export function toText(bytes: Uint8Array): string {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    const hex = (byte: number): string => '\\x' + byte.toString(16).toUpperCase();
    return Array.from(bytes, (b) => (b < 0x80 ? String.fromCharCode(b) : hex(b))).join('');
  }
}
