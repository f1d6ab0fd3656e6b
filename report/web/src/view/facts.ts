// The key figures, what is missing, and how the report was made.

import { byId, h } from '../dom';
import { BlockState, type Meta } from '../data/contract';
import { count, percent, size } from '../format';

export function showFigures(meta: Meta): void {
  const { totals } = meta;
  const bytes = (pages: number): string => size(pages * meta.page_size);
  const tracked = totals.movable + totals.unmovable;
  const figures: [string, string, string][] = [];
  if (meta.knows.free_lists) {
    figures.push(['Memory on the map', bytes(totals.pages), `${count(totals.pages)} frames`]);
    figures.push(['Free', bytes(totals.free + totals.pcp), percent(totals.free + totals.pcp, totals.pages)]);
  }
  if (meta.knows.owners) {
    figures.push(['Recorded', bytes(tracked), `${count(totals.records)} records`]);
    figures.push(['Cannot move', bytes(totals.unmovable), `${percent(totals.unmovable, tracked)} of what is recorded`]);
  }
  if (meta.knows.free_lists && totals.untracked > 0) {
    figures.push(['In use, not recorded', bytes(totals.untracked), percent(totals.untracked, totals.pages)]);
  }
  const blocks = meta.block_states.reduce((sum, value) => sum + value, 0);
  const huge = size(meta.page_size * 2 ** meta.pageblock_order);
  if (meta.knows.free_lists) {
    figures.push([`Free ${huge} blocks`, count(meta.block_states[BlockState.kFree]!), `of ${count(blocks)} pageblocks`]);
  }
  if (meta.knows.owners && meta.block_states[BlockState.kMovable]! > 0) {
    figures.push(['Compaction could free', count(meta.block_states[BlockState.kMovable]!), 'more pageblocks']);
  }
  byId('figures').replaceChildren(...figures.map(([name, value, note]) =>
    h('div', {}, h('dt', {}, name), h('dd', {}, value, h('span', {}, note)))));
}

function asSentence(text: string): string {
  // Some begin with the name of a file.
  if (/^\S+:/.test(text)) return text;
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?:]$/.test(text) ? '' : '.'}`;
}

export function showMissing(meta: Meta): void {
  if (meta.missing.length === 0) return;
  const box = byId('missing');
  box.hidden = false;
  box.setAttribute('role', 'note');
  box.replaceChildren(
    h('h2', {}, 'What is missing or different'),
    h('ul', {}, ...meta.missing.map((sentence) => h('li', {}, asSentence(sentence)))));
}

export function showAbout(meta: Meta): void {
  const commands = h('pre', { class: 'commands', tabindex: 0, 'aria-label': 'Commands' }, meta.commands.join('\n'));
  const copy = h('button', {
    type: 'button', class: 'plain',
    click: () => {
      const range = document.createRange();
      range.selectNodeContents(commands);
      const selection = window.getSelection();
      selection?.removeAllRanges();
      selection?.addRange(range);
      void navigator.clipboard?.writeText(meta.commands.join('\n')).then(() => { copy.textContent = 'Copied'; }, () => undefined);
    },
  }, 'Copy');
  byId('about').append(
    h('p', {}, 'These commands make it again:'), commands, copy,
    h('p', { class: 'quiet' }, [meta.machine, meta.program].filter(Boolean).join(' · ')),
    ...meta.notes.map((note) => h('p', { class: 'quiet' }, note)));
}
