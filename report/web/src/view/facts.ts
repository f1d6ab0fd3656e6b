// The key figures, what is missing, and how the report was made.

import { byId, h } from '../dom';
import { BlockState, type Meta } from '../data/contract';
import { count, percent, plural, size } from '../format';

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
    figures.push(['Recorded', bytes(totals.recorded), plural(totals.records, meta.knows.frames ? 'record' : 'stack')]);
    if (tracked > 0) {
      figures.push(['Cannot move', bytes(totals.unmovable), `${percent(totals.unmovable, tracked)} of what is recorded`]);
    }
  }
  if (meta.knows.free_lists && totals.untracked > 0) {
    figures.push(['In use, not recorded', bytes(totals.untracked), percent(totals.untracked, totals.pages)]);
  }
  const blocks = meta.block_states.reduce((sum, value) => sum + value, 0);
  const huge = size(meta.page_size * 2 ** meta.pageblock_order);
  if (meta.knows.free_lists) {
    figures.push([`Free ${huge} blocks`, count(meta.block_states[BlockState.kFree]!), `of ${count(blocks)} pageblocks`]);
  }
  const allMovable = meta.block_states[BlockState.kMovable]!;
  if (meta.knows.owners && allMovable > 0) {
    figures.push(meta.knows.free_lists
      ? ['Compaction could free', `≤ ${count(Math.min(allMovable, roomElsewhere(meta)))}`, 'more pageblocks']
      : ['All of it can move', count(allMovable), allMovable === 1 ? 'pageblock' : 'pageblocks']);
  }
  byId('figures').replaceChildren(...figures.map(([name, value, note]) =>
    h('div', {}, h('dt', {}, name), h('dd', {}, value, h('span', {}, note)))));
}

// How many pageblocks the free pages make up that are in none of the free ones:
// to free more, what is in them would have nowhere to go.
function roomElsewhere(meta: Meta): number {
  const pages = 2 ** meta.pageblock_order;
  const wholly = meta.block_states[BlockState.kFree]! + meta.block_states[BlockState.kOnPcp]!;
  return Math.max(0, Math.floor((meta.totals.free + meta.totals.pcp) / pages) - wholly);
}

function ended(text: string): string {
  return /[.!?:]$/.test(text) ? text : `${text}.`;
}

function asSentence(text: string, title: string): string {
  // Some begin with the name of a file, of which the title may have more.
  const first = text.split(' ', 1)[0]!;
  if (/[._/:\d-]/.test(first) || title.split(' ').includes(first)) return ended(text);
  return ended(`${text.charAt(0).toUpperCase()}${text.slice(1)}`);
}

export function showMissing(meta: Meta): void {
  if (meta.missing.length === 0) return;
  const box = byId('missing');
  box.hidden = false;
  box.setAttribute('role', 'note');
  box.replaceChildren(
    h('h2', {}, 'What is missing or different'),
    h('ul', {}, ...meta.missing.map((sentence) => h('li', {}, asSentence(sentence, meta.title)))));
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
