// Who holds the memory, which pageblocks are mixed, what the tracking costs.

import { byId, h, swatch } from '../dom';
import type { CostRow, MixedBlock, Owner } from '../data/contract';
import type { Report } from '../data/report';
import { count, percent, plural, size } from '../format';
import { Painting } from '../map/modes';
import { kColours } from '../map/palette';
import type { State } from '../state';
import { Table, type ColumnSpec } from './tables';

function picker(state: State, name: string): HTMLElement {
  return h('button', {
    type: 'button', class: 'link name', title: `Show where ${name} is`,
    click: () => state.set({ query: state.now.query === name ? '' : name }),
  }, name);
}

export function showTopOwners(report: Report, state: State): void {
  const { meta } = report;
  const root = byId('panel-owners');
  if (!meta.knows.owners) {
    root.append(h('p', { class: 'empty' }, 'Without a page_owner dump nobody can be named.'));
    return;
  }
  const all = meta.totals.recorded;
  const draw = (): void => {
    const colours = new Map(new Painting(report, 'owner', state.now.theme).legend()
      .filter((entry) => entry.owner !== undefined).map((entry) => [entry.owner, entry.colour]));
    const most = meta.owners[0]?.pages ?? 1;
    root.replaceChildren(h('ol', { class: 'top-owners' }, ...meta.owners.slice(0, 10).map((owner, rank) => {
      const bar = h('span', { class: 'bar' });
      bar.style.width = `${(100 * owner.pages) / most}%`;
      const colour = colours.get(rank);
      if (colour) bar.style.backgroundColor = colour;
      const mark = swatch(colour ?? (owner.special ? kColours[state.now.theme].special : kColours[state.now.theme].other));
      const keeps = owner.compacted_blocks > 0
        ? `alone keeps ${count(owner.compacted_blocks)} of ${plural(owner.in_blocks, 'pageblock')}`
        : owner.in_blocks === 0 ? '' : owner.unmovable === 0 ? 'can move'
          : `in ${plural(owner.in_blocks, 'pageblock')}, with others`;
      return h('li', { 'data-picked': state.now.query === owner.name },
        h('div', { class: 'line' }, mark, picker(state, owner.name), h('span', { class: 'number' }, size(report.bytes(owner.pages)))),
        h('div', { class: 'track' }, bar),
        h('div', { class: 'line quiet' }, h('span', {}, keeps), h('span', { class: 'number' }, percent(owner.pages, all))));
    })));
  };
  draw();
  state.on((_, changed) => {
    if (changed.has('theme') || changed.has('query')) draw();
  });
}

export function showTables(report: Report, state: State, showBlock: (cell: number) => void): void {
  const { meta } = report;
  const all = meta.totals.recorded;
  const rank = new Map(meta.owners.map((owner, at) => [owner, at]));
  // Without page frames nobody knows where the pages are.
  const placed = meta.totals.movable + meta.totals.unmovable > 0;
  const owners = new Table<Owner>(byId('owners-table'), 'Owners', [
    { title: 'Owner', value: (row) => row.name, cell: (row) => picker(state, row.name) },
    { title: 'Pages', numeric: true, value: (row) => row.pages, cell: (row) => count(row.pages) },
    { title: 'Size', numeric: true, value: (row) => row.pages, cell: (row) => size(report.bytes(row.pages)) },
    { title: 'Share', numeric: true, value: (row) => row.pages, cell: (row) => percent(row.pages, all) },
    { title: meta.knows.frames ? 'Records' : 'Stacks', numeric: true, value: (row) => row.records, cell: (row) => count(row.records) },
    ...(!placed ? [] : [
      { title: 'Cannot move', numeric: true, hint: 'Pages that could not be migrated', value: (row) => row.unmovable, cell: (row) => count(row.unmovable) },
      { title: 'In blocks', numeric: true, hint: 'Pageblocks in use that it is in', value: (row) => row.in_blocks, cell: (row) => count(row.in_blocks) },
      { title: 'Alone in', numeric: true, hint: 'Pageblocks that would be free if it gave its pages back', value: (row) => row.blocks, cell: (row) => count(row.blocks) },
      { title: 'Alone keeps', numeric: true, hint: 'Pageblocks that would be free if it gave its pages back and all that can move had moved', value: (row) => row.compacted_blocks, cell: (row) => count(row.compacted_blocks) },
    ] satisfies ColumnSpec<Owner>[]),
  ], meta.owners, 'Without a page_owner dump nobody can be named.', 15);
  state.on((now, changed) => {
    if (!changed.has('query') && !changed.has('matches')) return;
    const { matches } = now;
    owners.filter((row) => matches === null || matches.owners.has(rank.get(row)!));
  });
  showMixed(report, showBlock);
  new Table<CostRow>(byId('cost-table'), 'Cost of tracking', [
    { title: 'What', value: (row) => row.what },
    { title: 'Size', numeric: true, value: (row) => row.bytes, cell: (row) => size(row.bytes) },
    { title: 'Of memory', numeric: true, value: (row) => row.bytes, cell: (row) => meta.totals.pages > 0 ? percent(row.bytes, report.bytes(meta.totals.pages)) : '' },
    { title: '', value: (row) => row.note },
  ], meta.cost, 'Not known: only a machine that was booted here can be asked what its tracking costs.');
}

function showMixed(report: Report, showBlock: (cell: number) => void): void {
  new Table<MixedBlock>(byId('mixed-table'), 'Mixed pageblocks', [
    { title: 'Pageblock', numeric: true, value: (row) => row.cell, cell: (row) => h('button', {
      type: 'button', class: 'link', title: 'Show it on the map',
      click: () => {
        showBlock(row.cell);
        byId('map-section').scrollIntoView();
      },
    }, String(report.blockOf(row.cell))) },
    { title: 'Type', value: (row) => row.type },
    { title: 'Cannot move', numeric: true, value: (row) => row.unmovable, cell: (row) => count(row.unmovable) },
    { title: 'Can move', numeric: true, value: (row) => row.movable, cell: (row) => count(row.movable) },
    { title: 'Free', numeric: true, value: (row) => row.free, cell: (row) => count(row.free) },
    { title: 'Kept by', value: (row) => row.owners[0]?.name ?? '', cell: (row) =>
      row.owners.map((owner) => `${owner.name} (${count(owner.unmovable || owner.pages)})`).join(', ') },
  ], report.meta.mixed, report.meta.knows.owners
    ? 'No pageblock holds both pages that can move and pages that cannot.'
    : 'Without a page_owner dump nobody knows which pages can move.', 12);
}
