// Where the pageblocks are. The unit of length is a frame: a pageblock is
// `columns` by `rows` frames, its frames from left to right, then down. Rows of
// pageblocks follow each other; every zone and every run of memory behind a
// hole begins a new one.

import type { Report } from '../data/report';

export interface Row {
  // First cell and how many.
  first: number;
  count: number;
  // Upper edge.
  y: number;
  zone: number;
  startsZone: boolean;
}

export interface Place {
  cell: number;
  // Frame in the pageblock.
  frame: number;
}

export class Layout {
  readonly columns: number;
  readonly rows: number;
  readonly perRow: number;
  readonly bands: Row[] = [];
  readonly width: number;
  readonly height: number;

  // Fills a viewport of the given shape (width by height) as well as it can.
  constructor(
    private readonly report: Report,
    shape: number,
  ) {
    const order = report.meta.pageblock_order;
    this.columns = 2 ** Math.ceil(order / 2);
    this.rows = 2 ** Math.floor(order / 2);
    this.perRow = this.choosePerRow(shape);
    this.height = this.place();
    this.width = this.perRow * this.columns;
  }

  // Rows of a power of two, so that their first pfns are round; or of another
  // multiple of four, if that fills the viewport much better.
  private choosePerRow(shape: number): number {
    const [power, powerScale] = this.best(Array.from({ length: 11 }, (_, at) => 2 ** at), shape);
    const [any, anyScale] = this.best(Array.from({ length: 256 }, (_, at) => 4 * (at + 1)), shape);
    return anyScale > 1.1 * powerScale ? any : power;
  }

  // The choice that fills the viewport best, and the scale it comes to.
  private best(choices: number[], shape: number): [number, number] {
    let best = choices[0]!;
    let bestScale = 0;
    for (const perRow of choices) {
      const bands = this.report.meta.ranges.reduce(
        (sum, range) => sum + Math.ceil(range.count / perRow) + 0.35, 0);
      const scale = Math.min(shape / (perRow * this.columns), 1 / (bands * this.rows));
      if (scale > bestScale * 1.001) {
        bestScale = scale;
        best = perRow;
      }
    }
    return [best, bestScale];
  }

  private place(): number {
    let y = 0;
    let first = 0;
    let zone = -2;
    for (const range of this.report.meta.ranges) {
      const startsZone = range.zone !== zone;
      if (this.bands.length > 0) y += this.rows * 0.35;
      zone = range.zone;
      for (let done = 0; done < range.count; ) {
        // The first row of memory that begins in the middle ends at the next
        // round pageblock.
        const into = (range.first + done) % this.perRow;
        const count = Math.min(range.count - done, done === 0 && range.count > this.perRow
          ? this.perRow - into : this.perRow);
        this.bands.push({
          first: first + done, count, y, zone, startsZone: startsZone && done === 0,
        });
        done += count;
        y += this.rows;
      }
      first += range.count;
    }
    return y;
  }

  // Index of the last band that begins at or above y, -1: none.
  bandAt(y: number): number {
    let low = 0;
    let high = this.bands.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.bands[middle]!.y <= y) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  bandOf(cell: number): number {
    let low = 0;
    let high = this.bands.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.bands[middle]!.first <= cell) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  // Null: between the pageblocks or outside.
  at(x: number, y: number): Place | null {
    const index = this.bandAt(y);
    if (index < 0 || x < 0) return null;
    const band = this.bands[index]!;
    const row = Math.floor(y - band.y);
    const column = Math.floor(x / this.columns);
    if (row >= this.rows || column >= band.count) return null;
    return {
      cell: band.first + column,
      frame: row * this.columns + Math.floor(x - column * this.columns),
    };
  }

  // Upper left corner of a frame.
  corner(place: Place): { x: number; y: number } {
    const band = this.bands[this.bandOf(place.cell)]!;
    return {
      x: (place.cell - band.first) * this.columns + (place.frame % this.columns),
      y: band.y + Math.floor(place.frame / this.columns),
    };
  }
}
