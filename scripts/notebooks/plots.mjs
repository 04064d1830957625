// Draws plotly figures as PNGs, by the plotly.js that the project pins, in a Chromium found here.
// stdin: a JSON array of figures; stdout: a JSON array of PNGs in base64. Exit code 3: no Chromium.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';
import { findChromium } from './chromium.mjs';

/** As wide as a cell beside JupyterLab's file list on a small screen, in pixels. */
const WIDTH = 700;
/** Images are a little smaller than the plots: a notebook has fifteen of them, and 300 kB. */
const SCALE = 0.8;

async function draw(figures, executablePath) {
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage({ offline: true });
    const plotly = createRequire(import.meta.url).resolve('plotly.js/dist/plotly.min.js');
    await page.addScriptTag({ path: plotly });
    const images = [];
    for (const { data, layout } of figures) {
      images.push(
        await page.evaluate(
          async ([data, layout, width, scale]) => {
            const size = { scale, width: layout.width ?? width, height: layout.height };
            const url = await globalThis.Plotly.toImage(
              { data, layout },
              { format: 'png', ...size },
            );
            return url.slice(url.indexOf(',') + 1);
          },
          [data, layout, WIDTH, SCALE],
        ),
      );
    }
    return images;
  } finally {
    await browser.close();
  }
}

try {
  const executablePath = findChromium();
  if (executablePath === undefined) {
    console.error(
      'no Chromium found: install one (such as apt install chromium), or name it in GPT_CHROMIUM',
    );
    process.exit(3);
  }
  const images = await draw(JSON.parse(fs.readFileSync(0, 'utf8')), executablePath);
  process.stdout.write(JSON.stringify(images));
} catch (error) {
  console.error(String(error.message).split('\n')[0]);
  process.exit(1);
}
