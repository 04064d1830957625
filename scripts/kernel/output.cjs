// What a cell prints and displays, on its way from tslab to the notebook. The order stays, a flood
// of lines becomes few messages, and a loop that prints for ever does not fill memory.
const { StringDecoder } = require('node:string_decoder');

/** What may go out: so much at once, and so much a second after that. */
class Allowance {
  constructor(most, perSecond) {
    Object.assign(this, { most, perSecond, left: most, counted: performance.now() });
  }

  spend(amount) {
    this.left -= amount;
  }

  isSpent() {
    const now = performance.now();
    const more = ((now - this.counted) / 1000) * this.perSecond;
    this.left = Math.min(this.most, this.left + more);
    this.counted = now;
    return this.left <= 0;
  }
}

/** Text messages: beyond that, text is joined to fewer. JupyterLab draws after each. */
const messages = new Allowance(200, 200);
/** Messages of any kind: beyond that the cell waits, or readers would fall behind without end. */
const everything = new Allowance(4000, 1000);
/** A piece of joined text, in characters. */
const PIECE = 2 ** 16;
/** Characters that a cell shows of stdout, and of stderr. */
const MOST_TEXT = 2 ** 24;
/** Characters of the end that follow where more was printed: the last may be the error. */
const END = 2 ** 16;
/** Characters of displays, as JSON. */
const displays = new Allowance(256e6, 16e6);

const count = (number) => number.toLocaleString('en-US');
const linesIn = (text) => text.split('\n').length - 1;

/** Text that was printed and not sent yet: { output, name, text }. */
let pending;
let timer;
let latest;

function flush() {
  clearTimeout(timer);
  timer = undefined;
  if (!pending) return;
  messages.spend(1);
  keepPace();
  // Forgotten after it was sent: an interrupt can end this function in between.
  pending.output.writeStream(pending.name, pending.text);
  pending = undefined;
}

const still = new Int32Array(new SharedArrayBuffer(4));
function keepPace() {
  everything.spend(1);
  if (everything.isSpent()) Atomics.wait(still, 0, 0, 1000 / everything.perSecond);
}

/** The outputs of one cell, also those that come after its end. */
class CellOutput {
  constructor(writeStream, writeDisplay) {
    Object.assign(this, { writeStream, writeDisplay });
    this.streams = { stdout: { shown: 0 }, stderr: { shown: 0 } };
    this.leftOutDisplays = false;
  }

  print(name, text) {
    latest = this;
    const stream = this.streams[name];
    const room = MOST_TEXT - stream.shown;
    if (text.length <= room) {
      stream.shown += text.length;
      this.join(name, text);
      return;
    }
    if (!stream.rest) {
      this.join(name, text.slice(0, room).toWellFormed());
      const limit = `A cell shows at most ${count(MOST_TEXT)} characters of ${name}`;
      this.join(name, `\n[${limit}: the rest is left out, but for its end.]\n`);
      flush();
      stream.shown = MOST_TEXT;
      stream.rest = { characters: 0, lines: 0, end: '' };
      text = text.slice(room);
    }
    const { rest } = stream;
    rest.characters += text.length;
    rest.lines += linesIn(text);
    rest.end += text;
    if (rest.end.length > 2 * END) rest.end = rest.end.slice(-END);
  }

  /** Sends text now, or together with what follows it where much is printed. */
  join(name, text) {
    if (pending && (pending.output !== this || pending.name !== name)) flush();
    pending ??= { output: this, name, text: '' };
    pending.text += text;
    if (pending.text.length >= PIECE || !messages.isSpent()) flush();
    else timer ??= setTimeout(flush, 1000 / messages.perSecond);
  }

  display(data, update) {
    flush();
    const json = JSON.stringify(data);
    if (displays.isSpent()) {
      if (!this.leftOutDisplays) {
        const limit = `${count(displays.most / 1e6)} MB at once and ${count(displays.perSecond / 1e6)} MB a second`;
        this.print('stderr', `[Displays are left out: more than ${limit} cannot be shown.]\n`);
      }
      this.leftOutDisplays = true;
      return;
    }
    displays.spend(json.length);
    keepPace();
    // Half a character, such as '😀'[0], has no place in a file.
    const broken = /\\ud[89a-f]/.test(json);
    const whole = (_, value) => (typeof value === 'string' ? value.toWellFormed() : value);
    this.writeDisplay(broken ? JSON.parse(json, whole) : data, update);
  }

  /** The cell has ended: what is left goes out, with the end of what was left out. */
  end() {
    for (const [name, stream] of Object.entries(this.streams)) {
      if (!stream.rest) continue;
      const { characters, lines, end } = stream.rest;
      const last = end.slice(-END).toWellFormed();
      const left = `${count(lines - linesIn(last))} lines, ${count(characters - last.length)} characters`;
      this.join(name, `[${left} were left out here.]\n${last}`);
      stream.rest = undefined;
    }
    flush();
  }
}

/** The last text of a kernel that ends: also of one that a cell ends by process.exit. */
function endOutputs() {
  messages.left = Infinity; // handlers of the cell's own may print after this one
  latest?.end();
  flush();
}

/**
 * A `write` for process.stdout or process.stderr, as Node's own: characters may be split over
 * buffers, and the callback is called.
 */
function writer(print) {
  const decoder = new StringDecoder();
  let called = []; // [callback, times]: console.log brings the same one each time
  return (chunk, encoding, callback) => {
    if (typeof encoding === 'function') [encoding, callback] = [undefined, encoding];
    const text = decoder.write(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk);
    if (text !== '') print(text);
    if (typeof callback !== 'function') return true;
    if (called.length === 0) {
      process.nextTick(() => {
        const now = called;
        called = [];
        for (const [call, times] of now) for (let i = 0; i < times; i++) call(null);
      });
    }
    const last = called.at(-1);
    if (last?.[0] === callback) last[1] += 1;
    else called.push([callback, 1]);
    return true;
  };
}

module.exports = { CellOutput, endOutputs, writer };
