/** The binary encodings inside a TensorFlow checkpoint's index: varints and protocol buffers. */
import { CheckpointError } from './checkpoint-error';

const broken = () => new CheckpointError('DataLoss', 'the index holds a broken record');

/** Reads one value after the other. */
export class ByteReader {
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  get done(): boolean {
    return this.at >= this.bytes.length;
  }

  /** An integer in groups of seven bits, the lowest first. */
  varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const [byte] = this.take(1);
      value += (byte % 128) * scale;
      // No size or count comes near it: what is larger, or negative, is broken.
      if (!Number.isSafeInteger(value) || scale > 2 ** 63) throw broken();
      if (byte < 128) return value;
    }
  }

  take(length: number): Uint8Array {
    const start = this.at;
    this.at += length;
    if (this.at > this.bytes.length) throw broken();
    return this.bytes.subarray(start, this.at);
  }

  fixed32(): number {
    const bytes = this.take(4);
    return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  }
}

/** The fields of a protocol buffer's message by their numbers, each as often as it occurs. */
export class Message {
  private readonly numbers = new Map<number, number[]>();
  private readonly parts = new Map<number, Uint8Array[]>();

  constructor(bytes: Uint8Array) {
    const reader = new ByteReader(bytes);
    while (!reader.done) {
      const tag = reader.varint();
      const field = Math.floor(tag / 8);
      const add = <T>(map: Map<number, T[]>, value: T) =>
        map.set(field, [...(map.get(field) ?? []), value]);
      switch (tag % 8) {
        case 0:
          add(this.numbers, reader.varint());
          break;
        case 1:
          add(this.parts, reader.take(8));
          break;
        case 2:
          add(this.parts, reader.take(reader.varint()));
          break;
        case 5:
          add(this.numbers, reader.fixed32());
          break;
        default:
          throw broken();
      }
    }
  }

  /** The field's last value; 0 where it is absent, as is the rule. */
  number(field: number): number {
    return this.numbers.get(field)?.at(-1) ?? 0;
  }

  messages(field: number): Message[] {
    return (this.parts.get(field) ?? []).map((part) => new Message(part));
  }
}
