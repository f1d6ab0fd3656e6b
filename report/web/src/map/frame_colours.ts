// The colours of single frames, made chunk by chunk when they are looked at.

import type { Chunk } from '../data/chunks';
import type { Report } from '../data/report';
import { borders, type Filter, type Painting } from './modes';
import type { MapColours } from './painter';
import { kColours, pixel } from './palette';

interface Frames {
  index: Uint8Array;
  borders: Uint8Array;
}

// How many chunks keep their colours.
const kKept = 192;

export class FrameColours implements MapColours {
  readonly background: number;
  cells: Uint32Array;
  private readonly ready = new Map<number, Frames>();
  private readonly loading = new Set<number>();
  private counting = false;

  // `changed` is called when more can be painted.
  constructor(
    private readonly report: Report,
    private readonly painting: Painting,
    private readonly columns: number,
    private readonly filter: Filter,
    private readonly changed: () => void,
  ) {
    this.background = pixel(kColours[painting.theme].background);
    this.cells = painting.cells();
  }

  // More will be painted without being asked for.
  get busy(): boolean {
    return this.counting || this.loading.size > 0;
  }

  get palette(): Uint32Array {
    return this.painting.pixels;
  }

  frames(chunk: number): Frames | null {
    const ready = this.ready.get(chunk);
    if (ready) return ready;
    if (!this.loading.has(chunk)) {
      this.loading.add(chunk);
      void this.load(chunk);
    }
    return null;
  }

  private async load(number: number): Promise<void> {
    const chunk: Chunk = await this.report.chunks.load(number);
    await this.report.loadNames();
    const times = this.painting.mode === 'age' ? await this.report.chunks.loadTimes(number) : null;
    this.ready.set(number, {
      index: this.painting.fill(chunk, times, this.filter),
      borders: borders(chunk, this.report.chunks.frames, this.columns),
    });
    if (this.ready.size > kKept) this.ready.delete(this.ready.keys().next().value!);
    this.loading.delete(number);
    this.changed();
  }

  // Counts what the filter lets through in every pageblock, some chunks at a
  // time, and colours the pageblocks by it. Stops when `current` says so.
  async colourByFilter(current: () => boolean): Promise<void> {
    const { filter, report } = this;
    if (!filter) return;
    this.counting = true;
    await report.loadNames();
    const matches = new Uint32Array(report.cells);
    let painted = performance.now();
    for (const number of report.chunkNumbers()) {
      const chunk = await report.chunks.load(number);
      if (!current()) return;
      countMatches(report, chunk, filter, matches);
      if (performance.now() - painted > 100) {
        this.cells = this.painting.cellsWith(matches);
        this.changed();
        painted = performance.now();
      }
    }
    this.cells = this.painting.cellsWith(matches);
    this.counting = false;
    this.changed();
  }
}

function countMatches(report: Report, chunk: Chunk, filter: NonNullable<Filter>,
                      matches: Uint32Array): void {
  const pages = report.pagesPerBlock;
  const first = (chunk.number * report.chunks.frames) / pages;
  for (let run = 0; run < chunk.start.length; ++run) {
    const kind = chunk.kind[run]!;
    if (kind === 1 || kind === 2 || !filter(chunk.stack[run]!, chunk.task[run]!)) continue;
    const end = chunk.end[run]!;
    for (let at = chunk.start[run]!; at < end; ) {
      const block = Math.floor(at / pages);
      const stop = Math.min(end, (block + 1) * pages);
      const cell = report.cellOf(first + block);
      if (cell >= 0) matches[cell] = matches[cell]! + stop - at;
      at = stop;
    }
  }
}
