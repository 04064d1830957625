import fs from 'node:fs';
import path from 'node:path';

/** Where a Chromium is: `GPT_CHROMIUM`, or where systems put it. */
export function findChromium() {
  const named = process.env.GPT_CHROMIUM;
  if (named) {
    if (fs.existsSync(named)) return named;
    throw new Error(`GPT_CHROMIUM is ${named}, where there is no file`);
  }
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  const folders = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/bin', '/snap/bin'];
  const places = [
    ...names.flatMap((name) => folders.map((folder) => path.join(folder, name))),
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
  ];
  return places.find((place) => fs.existsSync(place));
}
