// The panel beside the map: what is known of the place that was clicked.

import { h } from '../dom';
import { kEventNames } from '../data/contract';
import type { Report } from '../data/report';
import { count, duration, hex, moment, percent, plural } from '../format';
import type { Selection, State } from '../state';
import {
  blockLines, blockTitle, eventsOf, factsOf, kindText, ownersIn, preventsText, stateText, taskText,
  timeOf, typeText, type FrameFacts,
} from './describe';

function facts(rows: [string, string | Node][]): HTMLElement {
  const list = h('dl', { class: 'facts' });
  for (const [name, value] of rows) {
    if (value) list.append(h('dt', {}, name), h('dd', {}, value));
  }
  return list;
}

export class Details {
  private generation = 0;

  constructor(
    private readonly root: HTMLElement,
    private readonly report: Report,
    private readonly state: State,
  ) {
    state.on((now, changed) => {
      if (changed.has('selection') || (changed.has('moment') && now.selection)) void this.show(now.selection);
    });
  }

  private async show(selection: Selection | null): Promise<void> {
    const generation = ++this.generation;
    if (!selection) {
      this.root.replaceChildren(h('p', { class: 'empty' },
        'Click a pageblock or a frame of the map, or walk there with the arrow keys.'));
      return;
    }
    const pfn = this.report.firstPfn(selection.cell) + (selection.frame ?? 0);
    const number = this.report.chunks.numberOf(pfn);
    const chunk = await this.report.chunks.load(number);
    await this.report.loadNames();
    if (generation !== this.generation) return;
    const content = selection.frame === null
      ? this.block(selection.cell) : await this.frame(selection.cell, pfn);
    if (generation !== this.generation) return;
    const owners = ownersIn(this.report, chunk, selection.cell);
    content.push(this.owners(selection.cell, owners));
    const { moment } = this.state.now;
    if (moment !== null) content.unshift(...this.atMoment(selection.cell));
    this.root.replaceChildren(...content);
  }

  // What is known of a pageblock at the moment that the map shows.
  private atMoment(cell: number): HTMLElement[] {
    const { report } = this;
    const at = report.blocksAt(this.state.now.moment);
    return [
      h('h3', {}, `${blockTitle(report, cell)} at the moment of the map`),
      at ? facts([['Type', typeText(report, cell, at)], ['Pages', blockLines(report, cell, at)[0]!]])
        : h('p', { class: 'empty' }, 'Not known.'),
      h('h4', {}, 'At the end of the run'),
    ];
  }

  private block(cell: number): HTMLElement[] {
    const { report } = this;
    const first = report.firstPfn(cell);
    return [
      h('h3', {}, blockTitle(report, cell)),
      h('p', { class: 'prevents' }, `${stateText(report, cell)}.`),
      facts([
        ['Frames', `${hex(first)} – ${hex(first + report.pagesPerBlock - 1)}`],
        ['Zone', report.zoneOf(cell)],
        ['Type', report.typeOf(cell)],
        ['Pages', blockLines(report, cell)[0] ?? ''],
      ]),
    ];
  }

  private async frame(cell: number, pfn: number): Promise<HTMLElement[]> {
    const { report } = this;
    const number = report.chunks.numberOf(pfn);
    const chunk = await report.chunks.load(number);
    const known = factsOf(report, chunk, pfn);
    const times = await report.chunks.loadTimes(number);
    const time = known.owner ? timeOf(report, chunk, known, times) : Number.NaN;
    const content = [
      h('h3', {}, known.owner || kindText(report, known)),
      h('p', { class: 'prevents' }, preventsText(report, chunk, cell, known)),
      facts(this.record(cell, known, time)),
    ];
    if (known.stack.length > 0) {
      content.push(h('h4', {}, 'Allocated by'),
        h('ol', { class: 'stack' }, ...known.stack.map((frame) => h('li', {}, frame))));
    }
    content.push(await this.history(number, pfn));
    return content;
  }

  private record(cell: number, known: FrameFacts, time: number): [string, string][] {
    const { report } = this;
    const rows: [string, string][] = [
      ['Frame', `${hex(known.pfn)}${known.head !== known.pfn ? `, of the block at ${hex(known.head)}` : ''}`],
      ['Order', known.kind === null ? '' : `${known.order} (${plural(2 ** known.order, 'page')})`],
    ];
    if (known.owner) {
      rows.push(['Task', taskText(known)], ['Type', `${known.type}${known.movable ? ', can move' : ', cannot move'}`]);
      rows.push(['GFP', known.gfp], ['Flags', known.flags], ['Cgroup', known.memcg], ['Migrated', known.reason]);
      if (!Number.isNaN(time)) rows.push(['Allocated', `at ${moment(time)}, ${duration(report.meta.now_ns - time)} ago`]);
    }
    rows.push(['Pageblock', `${report.blockOf(cell)}, ${report.typeOf(cell)}`], ['Zone', report.zoneOf(cell)]);
    return rows;
  }

  private async history(number: number, pfn: number): Promise<HTMLElement> {
    if (!this.report.meta.knows.events) {
      return h('p', { class: 'empty' }, 'No history: the report was made without the events of a run.');
    }
    const events = eventsOf(await this.report.chunks.loadEvents(number), pfn);
    if (events.length === 0) return h('p', { class: 'empty' }, 'History: no event of the run touched this frame.');
    const shown = events.slice(-40);
    return h('div', {},
      h('h4', {}, `History, ${plural(events.length, 'event')}${events.length > shown.length ? `, the last ${shown.length}` : ''}`),
      h('ol', { class: 'history' }, ...shown.map((event) => {
        const task = this.report.names?.tasks[event.task];
        const type = this.report.meta.types[event.type];
        return h('li', {},
          h('span', { class: 'when' }, moment(event.ns)),
          h('span', {}, `${kEventNames[event.kind] ?? 'event'} order ${event.order}`),
          h('span', { class: 'quiet' }, [type, task ? `${task[2]} (${task[0]})` : ''].filter(Boolean).join(', ')));
      })));
  }

  private owners(cell: number, owners: [string, number, number][]): HTMLElement {
    if (owners.length === 0) return h('div');
    const recorded = owners.reduce((sum, [, pages]) => sum + pages, 0);
    const { blocks, meta, pagesPerBlock } = this.report;
    // Also what nobody recorded.
    const used = meta.knows.free_lists
      ? `${percent(Math.max(0, pagesPerBlock - blocks.free[cell]! - blocks.pcp[cell]!), pagesPerBlock)} in use`
      : `${percent(recorded, pagesPerBlock)} recorded`;
    const rows = owners.slice(0, 8).map(([name, pages, unmovable]) => h('li', {},
      h('button', {
        class: 'link', type: 'button', title: `Show where ${name} is`,
        click: () => this.state.set({ query: name }),
      }, name),
      h('span', { class: 'number' }, `${count(pages)}`),
      h('span', { class: 'quiet' }, unmovable > 0 ? `${count(unmovable)} cannot move` : 'can move')));
    const more = owners.length > 8 ? ` and ${owners.length - 8} more` : '';
    return h('div', {},
      h('h4', {}, `Who is in pageblock ${this.report.blockOf(cell)} (${used})`),
      h('ul', { class: 'in-block' }, ...rows), more ? h('p', { class: 'quiet' }, more) : null);
  }
}
