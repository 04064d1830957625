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
      if (this.done) throw broken();
      const byte = this.bytes[this.at++];
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

interface Field {
  field: number;
  value: number | Uint8Array;
}

/**
 * A protocol buffer's message. It keeps its bytes only and reads them whenever it is asked, so that
 * a message takes no more memory than it has bytes, whatever is in it.
 */
export class Message {
  constructor(private readonly bytes: Uint8Array) {
    const fields = this.fields();
    while (!fields.next().done); // what is broken is said at once
  }

  private *fields(): Generator<Field, void> {
    const reader = new ByteReader(this.bytes);
    while (!reader.done) {
      const tag = reader.varint();
      const field = Math.floor(tag / 8);
      switch (tag % 8) {
        case 0:
          yield { field, value: reader.varint() };
          break;
        case 1:
          yield { field, value: reader.take(8) };
          break;
        case 2:
          yield { field, value: reader.take(reader.varint()) };
          break;
        case 5:
          yield { field, value: reader.fixed32() };
          break;
        default:
          throw broken();
      }
    }
  }

  /** The field's last value; 0 where it is absent, as is the rule. */
  number(wanted: number): number {
    let last = 0;
    for (const { field, value } of this.fields()) {
      if (field === wanted && typeof value === 'number') last = value;
    }
    return last;
  }

  /** The messages in a field, as often as it occurs. */
  *messages(wanted: number): Generator<Message, void> {
    for (const { field, value } of this.fields()) {
      if (field === wanted && typeof value !== 'number') yield new Message(value);
    }
  }
}
