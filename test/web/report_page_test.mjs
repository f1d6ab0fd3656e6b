// What people do with a report, done by a browser: looks, hovers, clicks,
// filters, walks by keyboard, goes to a moment, prints.
// usage: report_page_test.mjs <browser> <program> [directory for screenshots]

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { evilDump, kEvilComm } from './evil_dump.mjs';
import { launch, mapPixels, openReport, pagelab, settle } from './page.mjs';

const [browserPath, program, shots] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'pagelab-web-'));
const file = (name) => join(folder, name);
const shoot = (page, name, options = {}) =>
  shots ? page.screenshot({ path: join(shots, `${name}.png`), ...options }) : undefined;

function makeReports() {
  pagelab(program, 'report', 'driver-leak', '-q', '-o', file('run.html'));
  pagelab(program, 'report', 'fragmentation', '-q', '-o', file('mixed.html'));
  pagelab(program, 'report', 'hello', '-q', '-o', file('hello.html'));
  writeFileSync(file('evil'), evilDump());
  pagelab(program, 'report', file('evil'), '-q', '-o', file('evil.html'));
  writeFileSync(file('cut'), `${evilDump().slice(0, -60)}`);
  pagelab(program, 'report', file('cut'), '-q', '--diff', file('evil'), '-o', file('cut.html'));
}

// Where the middle of a frame is on the screen.
function pointOf(page, cell, frame) {
  return page.evaluate(([c, f]) => {
    const view = window.pagelabMap;
    const corner = view.layout.corner({ cell: c, frame: f });
    const box = document.getElementById('map').getBoundingClientRect();
    const ratio = view.ratio;
    return {
      x: box.left + 76 + ((corner.x + 0.5 - view.view.x) * view.view.scale) / ratio,
      y: box.top + ((corner.y + 0.5 - view.view.y) * view.view.scale) / ratio,
    };
  }, [cell, frame]);
}

const text = (page, selector) => page.$eval(selector, (element) => element.textContent);

const tests = {
  async 'the first screen has the answer, the map and the top owners'({ page }) {
    assert.match(await text(page, '#answer'), /holds .* of what page_owner recorded/);
    assert.ok((await mapPixels(page)).colours > 4);
    const owners = await page.$$eval('.top-owners .name', (names) => names.map((name) => name.textContent));
    assert.ok(owners.length >= 2);
    const bottom = await page.$eval('.top-owners li', (item) => item.getBoundingClientRect().bottom);
    assert.ok(bottom < 900, 'the first owner is on the first screen');
    await shoot(page, 'run-light');
    await shoot(page, 'run-light-full', { fullPage: true });
  },

  async 'each mode paints the map differently and has a legend'({ page }) {
    const seen = new Set();
    for (const mode of ['owner', 'type', 'order', 'age', 'use', 'keeps']) {
      await page.click(`#modes [data-value=${mode}]`);
      await settle(page);
      await settle(page);
      seen.add((await mapPixels(page)).hash);
      assert.ok(await page.$$eval('#legend .legend-entry', (entries) => entries.length) > 1, mode);
      assert.equal(await page.getAttribute(`#modes [data-value=${mode}]`, 'aria-checked'), 'true');
      await shoot(page, `mode-${mode}`);
    }
    assert.ok(seen.size >= 5, `${seen.size} pictures`);
    await page.click('#modes [data-value=owner]');
    await settle(page);
  },

  async 'search leaves the matching pages in colour and filters tables and stacks'({ page }) {
    const before = await mapPixels(page);
    const rows = await page.$$eval('#owners-table tbody tr', (all) => all.length);
    await page.keyboard.press('/');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'search');
    const name = await page.$eval('.top-owners .name', (element) => element.textContent);
    await page.keyboard.type(name);
    await page.waitForTimeout(400);
    await settle(page);
    assert.notEqual((await mapPixels(page)).hash, before.hash);
    assert.ok(await page.$$eval('#owners-table tbody tr', (all) => all.length) < rows);
    assert.match(await text(page, '#flame-note'), /pages?, .*%/);
    await shoot(page, 'search');
    await page.keyboard.press('Escape');
    await page.waitForTimeout(300);
    await settle(page);
    assert.equal((await mapPixels(page)).hash, before.hash);
  },

  async 'keys walk over the map, zoom, open and close'({ page }) {
    await page.focus('#map');
    await page.keyboard.press('0');
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowRight');
    await settle(page);
    assert.match(await text(page, '#spoken'), /^Pageblock \d+/);
    for (let i = 0; i < 8; ++i) await page.keyboard.press('+');
    await settle(page);
    await page.keyboard.press('ArrowRight');
    await page.waitForTimeout(200);
    assert.match(await text(page, '#panel-details'), /Frame0x/);
    assert.equal(await page.getAttribute('#tab-details', 'aria-selected'), 'true');
    await shoot(page, 'zoomed');
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'tab-details');
    await page.focus('#map');
    await page.keyboard.press('Escape');
    await page.waitForTimeout(100);
    assert.match(await text(page, '#panel-details'), /Click a pageblock/);
    await page.keyboard.press('0');
    await page.click('#tab-owners');
  },

  async 'a moment that is brushed is the map\'s'({ page }) {
    await settle(page);
    const end = await mapPixels(page);
    const plot = await page.$('.u-over');
    await plot.scrollIntoViewIfNeeded();
    const box = await plot.boundingBox();
    await page.mouse.move(box.x + box.width * 0.3, box.y + 20);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.15, box.y + 20, { steps: 4 });
    await page.mouse.up();
    await settle(page);
    assert.match(await text(page, '.moment'), /s, event/);
    await page.evaluate(() => window.scrollTo(0, 0));
    await settle(page);
    assert.notEqual((await mapPixels(page)).hash, end.hash);
    assert.match(await text(page, '#moment-note'), /earlier moment/);
    // Nor do words tell of the end.
    const map = await (await page.$('#map')).boundingBox();
    await page.mouse.move(map.x + 120, map.y + 10);
    assert.match(await text(page, '#tooltip'), /free or on per-cpu lists, \d+ pages? in use$/);
    await page.mouse.click(map.x + 120, map.y + 10);
    await page.waitForTimeout(200);
    assert.match(await text(page, '#panel-details'), /at the moment of the map.*At the end of the run/);
    await page.focus('#map');
    assert.equal(await page.getAttribute('#modes [data-value=use]', 'aria-checked'), 'true');
    assert.equal(await page.isDisabled('#modes [data-value=owner]'), true);
    assert.equal(await page.isDisabled('#modes [data-value=type]'), false);
    await shoot(page, 'moment', { fullPage: true });
    await page.focus('#moment');
    await page.keyboard.press('End');
    await page.click('#moment-note .link');
    await settle(page);
    assert.equal(await page.isDisabled('#modes [data-value=owner]'), false);
    await page.focus('#map');
    await page.keyboard.press('Escape');
    await settle(page);
    assert.equal((await mapPixels(page)).hash, end.hash);
  },

  async 'charts tell rates, on one axis'({ page }) {
    const titles = await page.$$eval('.chart h3', (heads) => heads.map((head) => head.textContent));
    assert.ok(titles.includes('Events, per 1,000 events'), titles.join());
    const edges = await page.$$eval('.u-over', (all) => all.map((over) => {
      const box = over.getBoundingClientRect();
      return `${box.left} ${box.right}`;
    }));
    assert.equal(new Set(edges).size, 1, edges.join());
  },

  async 'a search counts tasks, and leaves nothing behind'({ page }) {
    const search = async (words) => {
      await page.fill('#search', words);
      await page.waitForTimeout(400);
      await settle(page);
    };
    const before = await mapPixels(page);
    await search('pid 0');
    assert.match(await text(page, '#flame-note'), /“pid 0”: [1-9][\d,]* pages/);
    await search('no such words');
    assert.match(await text(page, '#flame-note'), /: 0 pages/);
    assert.match(await text(page, '#owners-table'), /Nothing matches/);
    await search('pfn 99999999999');
    assert.match(await text(page, '#moment-note'), /no frame pfn 99999999999/);
    assert.equal((await mapPixels(page)).hash, before.hash);
    await search('');
    assert.equal(await page.isVisible('#moment-note'), false);
  },

  async 'the flame graph zooms by click and by keys'({ page }) {
    const canvas = await page.$('#flame canvas');
    await canvas.scrollIntoViewIfNeeded();
    const box = await canvas.boundingBox();
    await page.mouse.move(box.x + 30, box.y + 30);
    assert.match(await text(page, '.flame-tip'), /page.*%/);
    await canvas.focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    const deep = await text(page, '.flame-tip');
    await page.keyboard.press('Enter');
    assert.equal(await text(page, '.flame-tip'), deep);
    await page.keyboard.press('Escape');
    assert.match(await text(page, '.flame-tip'), /^all stacks/);
  },

  async 'tables sort, and a mixed pageblock is shown on the map'({ page }) {
    const first = () => text(page, '#owners-table tbody td');
    const most = await first();
    await page.click('#owners-table th:nth-child(2) button');
    assert.equal(await first(), most);
    await page.click('#owners-table th:nth-child(2) button');
    assert.notEqual(await first(), most);
    assert.equal(await page.getAttribute('#owners-table th:nth-child(2)', 'aria-sort'), 'ascending');
    assert.ok(await page.$$eval('#cost-table tbody tr', (rows) => rows.length) >= 2);
    assert.match(await text(page, '.commands'), /pagelab report driver-leak -o report.html/);
  },

  async 'dark, narrow and wide pages are whole'({ page }) {
    await page.click('#theme');
    assert.equal(await page.getAttribute('html', 'data-theme'), 'dark');
    await settle(page);
    await page.evaluate(() => window.scrollTo(0, 0));
    await shoot(page, 'run-dark');
    await shoot(page, 'run-dark-full', { fullPage: true });
    for (const width of [1000, 1440, 2500]) {
      await page.setViewportSize({ width, height: 900 });
      await settle(page);
      const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      assert.ok(over <= 0, `${width}: ${over} pixels too wide`);
      await shoot(page, `wide-${width}`);
    }
    await page.setViewportSize({ width: 1440, height: 900 });
    // On paper: light, with everything that is not a control.
    await page.emulateMedia({ media: 'print' });
    await page.evaluate(() => window.dispatchEvent(new Event('beforeprint')));
    await settle(page);
    assert.equal(await page.getAttribute('html', 'data-theme'), 'light');
    assert.equal(await page.isVisible('#search'), false);
    assert.equal(await page.isVisible('.commands'), true);
    await page.setViewportSize({ width: 720, height: 1000 });
    await settle(page);
    await shoot(page, 'print', { fullPage: true });
    await page.evaluate(() => window.dispatchEvent(new Event('afterprint')));
    await page.emulateMedia({ media: 'screen' });
    await page.setViewportSize({ width: 1440, height: 900 });
    assert.equal(await page.getAttribute('html', 'data-theme'), 'dark');
    await page.click('#theme');
  },
};

const others = {
  async 'names of a dump are only names'(browser) {
    const { page, faults, close } = await openReport(browser, file('evil.html'));
    assert.equal(await page.$('img'), null);
    assert.match(await text(page, '#panel-owners'), /onerror=alert/);
    assert.doesNotMatch(readFileSync(file('evil.html'), 'utf8').slice(-4000), /onerror/);
    await page.fill('#search', `0x${(614 * 512 + 17).toString(16)}`);
    await page.waitForTimeout(500);
    const details = await text(page, '#panel-details');
    assert.match(details, /Keeps pageblock 614 from becoming a 2 MiB page: it is the only one there that cannot be moved, the 32 other pages in use could all be moved/);
    assert.ok(details.includes(kEvilComm));
    await shoot(page, 'evil');
    await page.fill('#search', `0x${(614 * 512 + 64).toString(16)}`);
    await page.waitForTimeout(500);
    assert.match(await text(page, '#panel-details'), /Prevents nothing by itself: it can be moved elsewhere\. 1 page that cannot move keeps pageblock 614/);
    await page.fill('#search', `0x${(614 * 512 + 1030).toString(16)}`);
    await page.waitForTimeout(500);
    assert.match(await text(page, '#panel-details'), /is a 2 MiB page already/);
    assert.match(await text(page, '#missing'), /free, and the types of pageblocks, is not known/);
    assert.match(await text(page, '#time'), /A dump is one moment/);
    assert.deepEqual(faults, []);
    await close();
  },

  async 'a hovered frame names its owner, a clicked one shows its record'(browser) {
    const { page, faults, close } = await openReport(browser, file('evil.html'));
    let point = await pointOf(page, 0, 70);
    await page.mouse.move(point.x, point.y);
    await page.waitForTimeout(300);
    await page.mouse.move(point.x + 0.4, point.y);
    assert.match(await text(page, '#tooltip'), /do_anonymous_page.*pfn 0x4cc46, order 0.*Movable, app \(pid 7\)/);
    point = await pointOf(page, 0, 70);
    await page.mouse.click(point.x, point.y);
    await page.waitForTimeout(300);
    assert.match(await text(page, '#panel-details'), /do_anonymous_page\+0xf0\/0x700/);
    assert.equal(await page.getAttribute('#tab-details', 'aria-selected'), 'true');
    assert.deepEqual(faults, []);
    await close();
  },

  async 'a dump that is cut off says so, and is compared with another'(browser) {
    const { page, faults, close } = await openReport(browser, file('cut.html'));
    assert.match(await text(page, '#missing'), /1 damaged record left out/);
    assert.match(await text(page, '#flame-note'), /Against evil: orange grew/);
    const canvas = await page.$('#flame canvas');
    await canvas.focus();
    assert.match(await text(page, '.flame-tip'), /−512 pages \(585 before\)/);
    await page.click('#flame-widths [data-value=before]');
    await shoot(page, 'diff', { fullPage: true });
    assert.deepEqual(faults, []);
    await close();
  },

  async 'a mixed pageblock of the table is shown on the map'(browser) {
    const { page, faults, close } = await openReport(browser, file('mixed.html'));
    await page.click('#mixed-table tbody button');
    await page.waitForTimeout(300);
    assert.match(await text(page, '#panel-details'), /^Pageblock \d+Kept by unmovable pages/);
    assert.deepEqual(faults, []);
    await close();
  },

  async 'a machine of 64 pages has a history for each frame'(browser) {
    const { page, faults, close } = await openReport(browser, file('hello.html'), { colorScheme: 'dark' });
    assert.equal(await page.getAttribute('html', 'data-theme'), 'dark');
    const point = await pointOf(page, 1, 0);
    await page.mouse.click(point.x, point.y);
    await page.waitForTimeout(300);
    assert.match(await text(page, '#panel-details'), /History, \d+ events|No history|no event/);
    await shoot(page, 'hello-dark');
    assert.deepEqual(faults, []);
    await close();
  },

  async 'stacks without page frames have a flame graph and no map'(browser) {
    writeFileSync(file('stacks'), ' __alloc_pages+0x1/0x2\n grab+0x3/0x4\n do_syscall_64+0x5/0x6\nnr_base_pages: 40\n\n');
    pagelab(program, 'report', file('stacks'), '-q', '-o', file('stacks.html'));
    const { page, faults, close } = await openReport(browser, file('stacks.html'));
    assert.match(await text(page, '#answer'), /^grab holds 160 KiB, 100 %/);
    assert.match(await text(page, '.map-side'), /No map/);
    await page.focus('#flame canvas');
    assert.match(await text(page, '.flame-tip'), /all stacks: 40 pages/);
    await page.fill('#search', 'grab');
    await page.waitForTimeout(300);
    assert.match(await text(page, '#flame-note'), /40 pages, 100 %/);
    assert.match(await text(page, '#figures'), /Recorded160 KiB1 stack$/);
    for (const part of ['#panel-owners', '#owners-table']) {
      assert.doesNotMatch(await text(page, part), /[Cc]an(not)? move/);
    }
    await page.fill('#search', '0x123');
    await page.waitForTimeout(300);
    await shoot(page, 'stacks');
    assert.deepEqual(faults, []);
    await close();
  },

  async 'the commands make the report again'(browser) {
    const commandsOf = async (html) => {
      const { page, close } = await openReport(browser, html);
      const commands = await text(page, '.commands');
      await close();
      return commands;
    };
    pagelab(program, 'report', '-', '-q', '-o', file('stdin.html'), { input: evilDump() });
    assert.equal(await commandsOf(file('stdin.html')), 'pagelab report - -o report.html');
    // Two dumps of one name are told apart by their folders.
    mkdirSync(file('old'));
    writeFileSync(file('old/evil'), evilDump());
    pagelab(program, 'report', file('evil'), '-q', '--diff', file('old/evil'), '-o', file('two.html'));
    assert.equal(await commandsOf(file('two.html')),
      `pagelab report ${file('evil')} --diff ${file('old/evil')} -o report.html`);
  },

  async 'a page that is cut off says so'(browser) {
    const whole = readFileSync(file('run.html'), 'utf8');
    writeFileSync(file('damaged.html'), whole.replace(/(data-name="meta">.{40})[^<]*/, '$1'));
    const { page, close } = await openReport(browser, file('damaged.html'));
    assert.match(await text(page, '#missing'), /This report cannot be shown/);
    await close();
  },
};

async function main() {
  makeReports();
  const browser = await launch(browserPath);
  let failed = 0;
  const run = async (name, body) => {
    try {
      await body();
      console.log(`ok      ${name}`);
    } catch (error) {
      ++failed;
      console.log(`FAILED  ${name}\n${error.stack}`);
    }
  };
  const report = await openReport(browser, file('run.html'));
  for (const [name, test] of Object.entries(tests)) await run(name, () => test(report));
  await run('no error and no request was made', () => assert.deepEqual(report.faults, []));
  await report.close();
  for (const [name, test] of Object.entries(others)) await run(name, () => test(browser));
  await browser.close();
  return failed;
}

let failed = 1;
try {
  failed = await main();
} finally {
  rmSync(folder, { recursive: true });
}
process.exitCode = failed ? 1 : 0;
