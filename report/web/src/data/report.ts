// The report as the rest of the page sees it.

import { readColumns } from './columns';
import { ChunkStore } from './chunks';
import { BlockState, type Meta, type Names, type TimeData } from './contract';
import { Moments, type BlocksAt } from './moments';
import { loadJson, loadSection } from './sections';

// Per pageblock, by cell: its place on the map.
export interface Blocks {
  free: Uint32Array;
  pcp: Uint32Array;
  movable: Uint32Array;
  unmovable: Uint32Array;
  // Index in Meta.types, -1: not known.
  type: Int16Array;
  state: Uint8Array;
  // Index in Meta.owners of who has most pages, -1: nobody; and how many.
  owner: Int32Array;
  ownerPages: Uint32Array;
  // Means over its pages in use, the order times 8, the age in milliseconds.
  order8: Uint32Array;
  age: Float64Array;
}

export class Report {
  readonly cells: number;
  readonly pagesPerBlock: number;
  readonly chunks: ChunkStore;
  names: Names | null = null;
  moments: Moments | null = null;
  // First cell of each range.
  private readonly rangeCell: number[] = [];

  private constructor(
    readonly meta: Meta,
    readonly blocks: Blocks,
  ) {
    let cell = 0;
    for (const range of meta.ranges) {
      this.rangeCell.push(cell);
      cell += range.count;
    }
    this.cells = cell;
    this.pagesPerBlock = 2 ** meta.pageblock_order;
    this.chunks = new ChunkStore(meta);
  }

  static async load(): Promise<Report> {
    const meta = await loadJson<Meta>('meta');
    const bytes = await loadSection('blocks');
    if (!meta || !bytes) throw new Error('the file is cut off before its data');
    const [free, pcp, movable, unmovable, type, state, owner, ownerPages, order8, age] =
      readColumns(bytes) as [
        Float64Array, Float64Array, Float64Array, Float64Array, Float64Array,
        Float64Array, Float64Array, Float64Array, Float64Array, Float64Array,
      ];
    return new Report(meta, {
      free: Uint32Array.from(free),
      pcp: Uint32Array.from(pcp),
      movable: Uint32Array.from(movable),
      unmovable: Uint32Array.from(unmovable),
      type: Int16Array.from(type, (value) => value - 1),
      state: Uint8Array.from(state),
      owner: Int32Array.from(owner, (value) => value - 1),
      ownerPages: Uint32Array.from(ownerPages),
      order8: Uint32Array.from(order8),
      age,
    });
  }

  async loadNames(): Promise<Names> {
    if (!this.names) this.names = await loadJson<Names>('names');
    this.names ??= {
      functions: [], frames: [], frame_function: [], stacks: [], stack_owner: [],
      stack_pages: [], stack_before: [], classes: [], tasks: [],
    };
    return this.names;
  }

  loadTime(): Promise<TimeData | null> {
    return loadJson<TimeData>('time');
  }

  async loadMoments(): Promise<void> {
    const bytes = await loadSection('moments');
    this.moments = bytes ? new Moments(readColumns(bytes), this.cells) : null;
  }

  // The pageblocks at a moment; null: as all else of the report.
  blocksAt(moment: number | null): BlocksAt | null {
    return moment === null ? null : this.moments?.at(moment) ?? null;
  }

  // The number of the pageblock in a cell: its first pfn >> pageblock_order.
  blockOf(cell: number): number {
    const range = this.rangeOf(cell);
    return this.meta.ranges[range]!.first + cell - this.rangeCell[range]!;
  }

  firstPfn(cell: number): number {
    return this.blockOf(cell) * this.pagesPerBlock;
  }

  // -1: the map has no such pageblock.
  cellOf(block: number): number {
    const at = this.meta.ranges.findIndex(
      (range) => block >= range.first && block < range.first + range.count,
    );
    return at < 0 ? -1 : this.rangeCell[at]! + block - this.meta.ranges[at]!.first;
  }

  zoneOf(cell: number): string {
    const zone = this.meta.ranges[this.rangeOf(cell)]!.zone;
    return this.meta.zones[zone]?.name ?? '';
  }

  typeOf(cell: number): string {
    return this.meta.types[this.blocks.type[cell]!] ?? 'not known';
  }

  stateOf(cell: number): BlockState {
    return this.blocks.state[cell]! as BlockState;
  }

  // Of the chunks that the map has frames of.
  chunkNumbers(): Set<number> {
    const numbers = new Set<number>();
    const perChunk = this.chunks.frames / this.pagesPerBlock;
    for (const range of this.meta.ranges) {
      for (let at = Math.floor(range.first / perChunk); at * perChunk < range.first + range.count; ++at) numbers.add(at);
    }
    return numbers;
  }

  bytes(pages: number): number {
    return pages * this.meta.page_size;
  }

  private rangeOf(cell: number): number {
    let low = 0;
    let high = this.rangeCell.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.rangeCell[middle]! <= cell) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
