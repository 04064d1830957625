// One set-up at a time in a folder: a file names the one that works, and others wait for it.
// Plain Node, because it is needed before any package is there.
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import { Worker } from 'node:worker_threads';

/** The owner touches the file this often, in ms. */
const BEAT = 1000;
/** An owner that does not touch it for so long, in ms, is gone, on whichever machine it ran. */
const SILENCE = 60_000;
/** A command that an ended owner left running is waited for, so long at most, in ms. */
const LEFT_RUNNING = 120_000;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** `{token, pid, host, since, child}`; `{}` while somebody writes it; undefined without a file. */
function read(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8')) ?? {};
  } catch (error) {
    return error.code === 'ENOENT' ? undefined : {};
  }
}

/** Whether the file was made; false when there is one already. */
function create(file, owner) {
  try {
    fs.writeFileSync(file, JSON.stringify(owner), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    if (error.code === 'ENOSPC') fs.rmSync(file, { force: true });
    throw error;
  }
}

/** Whether a process of this machine runs. */
function runs(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

const command = ({ child }) => `"${child.name}" (process ${child.pid})`;

/** Waits until the lock is free, and takes it away from an owner that ended without doing so. */
async function othersEnd(file, say, silence) {
  let seen = '';
  let since = 0;
  let said = '';
  for (;;) {
    const owner = read(file); // opening it also makes a network folder look at the time again
    if (!owner) return;
    const now = performance.now();
    // Times are compared with themselves only: another machine's clock may be wrong.
    const sign = `${owner.token} ${fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs}`;
    if (sign !== seen) [seen, since] = [sign, now];
    const here = owner.host === os.hostname();
    const booted = Date.now() - 1000 * os.uptime();
    const ended = here && (Date.parse(owner.since) < booted || !runs(owner.pid));
    const left = ended && owner.child && Date.parse(owner.since) > booted && runs(owner.child.pid);
    if ((ended && !left) || now - since > (left ? LEFT_RUNNING : silence)) {
      if (read(file)?.token === owner.token) fs.rmSync(file, { force: true });
      return;
    }
    const time = new Date(owner.since).toLocaleTimeString();
    const who = owner.pid ? ` (process ${owner.pid} on ${owner.host}, since ${time})` : '';
    const line = left
      ? `a set-up that was ended left ${command(owner)} running; waiting for it`
      : `another set-up is at work in this folder${who}; waiting for it`;
    if (line !== said) say(line);
    said = line;
    await pause(250);
  }
}

/** Runs in a thread, since set-up also does work during which its own thread hears nothing. */
const HEART = `
  const fs = require('node:fs');
  const { parentPort, workerData: { file, token, BEAT } } = require('node:worker_threads');
  setInterval(() => {
    try {
      const owner = JSON.parse(fs.readFileSync(file, 'utf8'));
      if (owner.token !== token) parentPort.postMessage(owner);
      else fs.utimesSync(file, new Date(), new Date());
    } catch {} // taken away by hand, or being written
  }, BEAT);`;

/**
 * Waits until no other set-up works in this folder, then keeps others out until this process ends.
 * Holds between machines too, where they share the folder. Where nothing can be written in the
 * folder, nothing can be destroyed either, and there is no lock.
 *
 * @param file names who works
 * @param options.say gets each line for the screen
 * @param options.lost called when another took over, because this process stood still for long
 * @param options.silence after how many ms without a sign an owner is taken for gone
 * @returns a function that notes `{ name, pid }` of the command that runs, or undefined
 */
export async function lockSetup(file, { say, lost, silence = SILENCE }) {
  const since = new Date().toISOString();
  const claim = { token: randomUUID(), pid: process.pid, host: os.hostname(), since };
  const isOwn = () => read(file)?.token === claim.token;
  try {
    while (!create(file, claim) || !isOwn()) {
      await othersEnd(file, say, silence);
    }
  } catch (error) {
    if (!['EROFS', 'EACCES', 'EPERM'].includes(error.code)) throw error;
    return () => undefined;
  }
  const heart = new Worker(HEART, { eval: true, workerData: { file, token: claim.token, BEAT } });
  heart.on('message', lost);
  heart.unref(); // after the listener, which would keep the process alive
  process.on('exit', () => {
    if (isOwn()) fs.rmSync(file, { force: true });
  });
  return (child) => {
    if (!isOwn()) return;
    const beside = `${file}.${claim.pid}.tmp`;
    try {
      fs.writeFileSync(beside, JSON.stringify({ ...claim, child }));
      fs.renameSync(beside, file);
    } catch {
      fs.rmSync(beside, { force: true }); // a full disk, say: the command itself will tell
    }
  };
}
