/** A progress bar that changes in place. */

import { phrase, translate } from '../language';
import { html } from './markup';
import { isInteractive, liveOutput, type Bundle } from './output';

/** Reports how far a long computation is; made by `progress`. */
export interface Progress {
  /**
   * Says that `done` of `total` units are done. A `note` is a finding worth keeping, such as an
   * evaluation: in headless runs, only calls with a note print a line. `live` is for a person who
   * watches, such as a speed, and is never printed.
   */
  update(done: number, note?: string, live?: string): void;
  /** Says that all is done, or that it stopped after `done`. */
  finish(note?: string, done?: number): void;
}

function seconds(milliseconds: number): string {
  const s = Math.round(milliseconds / 1000);
  return s < 120 ? `${s} s` : `${Math.floor(s / 60)} min ${s % 60} s`;
}

/**
 * The bar's state as HTML and text; `elapsed` is the time in milliseconds since `start` units were
 * done.
 */
export function progressBundle(
  total: number,
  done: number,
  label: string,
  note: string,
  elapsed: number,
  { start = 0, live = '' } = {},
): Bundle {
  const parts = [phrase('{done} of {total}', { done, total }), seconds(elapsed)];
  if (done > start && done < total) {
    const left = seconds((elapsed * (total - done)) / (done - start));
    parts.push(phrase('about {left} left', { left }));
  }
  if (live) parts.push(live);
  const status = parts.join(', ');
  const markup = html`<label>${label} <progress max="${total}" value="${done}" style="width: 240px; vertical-align: middle">${status}</progress> ${status}</label>${note ? html`<div>${note}</div>` : ''}`;
  const text = `${label} ${status}${note ? `: ${note}` : ''}`.trim();
  return { data: { 'text/html': markup.markup, 'text/plain': text }, metadata: {} };
}

/**
 * Starts a progress bar for `total` units of work.
 *
 * In a notebook it changes in place and shows the time taken and left. In headless runs and in
 * scripts it prints one line for each `update` that has a note, without times, so that two runs
 * print the same.
 *
 * @throws Error if `total` is not a positive number
 */
export function startProgress(total: number, name: string, start = 0): Progress {
  if (!(total > 0)) throw new Error(`progress: total must be a positive number, not ${total}`);
  const label = translate(name);
  const started = Date.now();
  const output = liveOutput();
  let count = start;
  let lastNote = '';
  let lastLive = '';
  const render = () =>
    progressBundle(total, count, label, lastNote, Date.now() - started, { start, live: lastLive });
  const report = (done: number, note: string | undefined, draw: (r: () => Bundle) => void) => {
    count = done;
    if (note) lastNote = translate(note);
    if (isInteractive()) draw(render);
    else if (note) console.log(`${label} ${done}/${total}: ${translate(note)}`.trim());
  };
  return {
    update(done, note, live) {
      if (live) lastLive = live;
      report(done, note, output.draw);
    },
    finish: (note, done = total) => report(done, note, output.finish),
  };
}
