// Makes dist/report.html of src/, or the file that is named: the page's script
// and style in one template. The same sources give the same bytes.
// usage: node build.mjs [file]

import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

async function bundle(entry) {
  const result = await esbuild.build({
    absWorkingDir: here('.'),
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    charset: 'ascii',
    format: 'iife',
    target: ['chrome103', 'firefox113', 'safari16.4'],
    legalComments: 'none',
  });
  // Nothing in the script may end the element that it stands in.
  return result.outputFiles[0].text.trimEnd().replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--');
}

const hash = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

const uplot = JSON.parse(await readFile(here('node_modules/uplot/package.json'), 'utf8'));
const licence = (await readFile(here('node_modules/uplot/LICENSE'), 'utf8')).trim();
const notice = `pagelab report, Apache-2.0. Contains uPlot ${uplot.version}:\n\n${licence}`;
const script = `${await bundle('src/main.ts')}\n`;
const style = `${await bundle('src/style.css')}\n`;
const policy = [
  "default-src 'none'",
  `script-src ${hash(script)}`,
  `style-src ${hash(style)}`,
  'img-src data: blob:',
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

const template = await readFile(here('src/template.html'), 'utf8');
const parts = { NOTICE: notice, POLICY: policy, STYLE: style, SCRIPT: script };
const page = template.replace(/%(NOTICE|POLICY|STYLE|SCRIPT)%/g, (_, name) => parts[name]);
await writeFile(process.argv[2] ?? here('dist/report.html'), page);
