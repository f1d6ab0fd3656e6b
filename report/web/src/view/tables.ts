// Tables that sort by any column.

import { h } from '../dom';

export interface ColumnSpec<Row> {
  title: string;
  // What a reader should know of the column.
  hint?: string;
  numeric?: boolean;
  value(row: Row): number | string;
  cell?(row: Row): Node | string;
}

const kShown = 25;

export class Table<Row> {
  private sort: number;
  private ascending = false;
  private all = false;
  private keep: (row: Row) => boolean = () => true;

  constructor(
    private readonly root: HTMLElement,
    private readonly caption: string,
    private readonly columns: ColumnSpec<Row>[],
    private readonly rows: Row[],
    private readonly empty: string,
    private readonly shown = kShown,
  ) {
    this.sort = -1;
    this.draw();
  }

  filter(keep: (row: Row) => boolean): void {
    this.keep = keep;
    this.draw();
  }

  private sorted(): Row[] {
    const rows = this.rows.filter(this.keep);
    const column = this.columns[this.sort];
    if (!column) return rows;
    const sign = this.ascending ? 1 : -1;
    return rows.sort((a, b) => {
      const left = column.value(a);
      const right = column.value(b);
      return left < right ? -sign : left > right ? sign : 0;
    });
  }

  private draw(): void {
    const rows = this.sorted();
    if (rows.length === 0) {
      this.root.replaceChildren(h('p', { class: 'empty' }, this.rows.length === 0 ? this.empty : 'Nothing matches the search.'));
      return;
    }
    const head = h('tr', {}, ...this.columns.map((column, i) => {
      const order = i !== this.sort ? 'none' : this.ascending ? 'ascending' : 'descending';
      return h('th', { scope: 'col', class: column.numeric ? 'number' : undefined, 'aria-sort': order, title: column.hint },
        h('button', { type: 'button', class: 'sort', click: () => this.sortBy(i) }, column.title));
    }));
    const shown = this.all ? rows : rows.slice(0, this.shown);
    const body = shown.map((row) => h('tr', {}, ...this.columns.map((column) =>
      h('td', { class: column.numeric ? 'number' : undefined }, column.cell?.(row) ?? String(column.value(row))))));
    const table = h('table', {}, h('caption', { class: 'hidden' }, this.caption), h('thead', {}, head), h('tbody', {}, ...body));
    const more = rows.length - shown.length;
    const button = more > 0 && h('button', {
      type: 'button', class: 'plain', click: () => { this.all = true; this.draw(); },
    }, `Show ${more.toLocaleString('en-US')} more`);
    this.root.replaceChildren(h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': this.caption }, table), ...(button ? [button] : []));
  }

  private sortBy(column: number): void {
    this.ascending = this.sort === column ? !this.ascending : !this.columns[column]!.numeric;
    this.sort = column;
    this.draw();
  }
}
