// A page of a report in a browser, and what it did that it should not have.

import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(new URL('../../report/web/package.json', import.meta.url));
const { chromium } = require('playwright-core');

// The last word may be options of spawnSync().
export function pagelab(program, ...words) {
  const options = typeof words.at(-1) === 'object' ? words.pop() : {};
  const result = spawnSync(program, words, { encoding: 'utf8', maxBuffer: 1 << 28, ...options });
  if (result.status !== 0) throw new Error(`pagelab ${words.join(' ')}: ${result.status} ${result.stderr}`);
  return result;
}

export function launch(executablePath) {
  return chromium.launch({
    executablePath,
    headless: true,
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync',
    ],
  });
}

// Opens a report and waits until it is drawn. `faults` fills with errors of the
// console and requests to anywhere.
export async function openReport(browser, file, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  const faults = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') faults.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => faults.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  const url = pathToFileURL(file).href;
  page.on('request', (request) => {
    if (request.url() !== url && !request.url().startsWith('data:')) faults.push(`request: ${request.url()}`);
  });
  await page.goto(url, { waitUntil: 'commit' });
  await page.waitForSelector('html[data-ready]', { state: 'attached', timeout: 120000 });
  await settle(page);
  return { page, faults, close: () => context.close() };
}

// Until what was asked for is painted.
export async function settle(page) {
  await page.evaluate(async () => {
    for (let quiet = 0; quiet < 3; ++quiet) {
      await new Promise((next) => setTimeout(() => requestAnimationFrame(next), 40));
      if (window.pagelabMap?.busy) quiet = -1;
    }
  });
}

// How many different colours the map has, and a hash of its pixels.
export function mapPixels(page) {
  return page.evaluate(() => {
    const canvas = document.querySelector('.map-pixels');
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    const words = new Uint32Array(data.buffer);
    let hash = 0;
    const colours = new Set();
    for (const word of words) {
      hash = (Math.imul(hash, 31) + word) | 0;
      colours.add(word);
    }
    return { hash, colours: colours.size };
  });
}
