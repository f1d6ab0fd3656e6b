// Paints the visible part of the map, pixel by pixel, into an image: one
// look-up a pixel, whatever the size of the machine.

import type { Report } from '../data/report';
import type { Layout } from './layout';

export interface Viewport {
  // What of the layout is in the upper left corner, and pixels per frame.
  x: number;
  y: number;
  scale: number;
}

export interface MapColours {
  background: number;
  palette: Uint32Array;
  cells: Uint32Array;
  // Palette indices of the frames of a chunk and where its blocks begin; null:
  // not there (yet), the pageblock's colour must do.
  frames(chunk: number): { index: Uint8Array; borders: Uint8Array } | null;
}

// Frames are seen once a pageblock is this many pixels wide.
const kFrameLevel = 14;
const kBlockGap = 7;
const kFrameGap = 5;

export function seesFrames(layout: Layout, scale: number): boolean {
  return layout.columns * scale >= kFrameLevel;
}

// The pixels of one direction: which unit each is in and which frame of it; -1
// in a gap. `size` frames are a unit.
function project(pixels: number, from: number, scale: number, size: number, unit: Int32Array,
                 frame: Int32Array, edge: Uint8Array): void {
  const gap = size * scale >= kBlockGap;
  const frameGap = scale >= kFrameGap;
  let previous = Number.NaN;
  for (let i = 0; i < pixels; ++i) {
    const at = Math.floor(from + (i + 0.5) / scale);
    const in_unit = Math.floor(at / size);
    const last = Math.floor((from + (i + 1.5) / scale) / size) !== in_unit;
    unit[i] = gap && last ? -1 : in_unit;
    frame[i] = at - in_unit * size;
    edge[i] = frameGap && at !== previous ? 1 : 0;
    previous = at;
  }
}

interface Source {
  index: Uint8Array;
  borders: Uint8Array;
  // Place of the pageblock's first frame in them.
  base: number;
}

export class Painter {
  private lastRow = -1;
  private unitX = new Int32Array(0);
  private frameX = new Int32Array(0);
  private edgeX = new Uint8Array(0);

  constructor(
    private readonly report: Report,
    private readonly layout: Layout,
  ) {}

  paint(image: ImageData, view: Viewport, colours: MapColours): void {
    const { width, height } = image;
    const out = new Uint32Array(image.data.buffer);
    if (this.unitX.length !== width) {
      this.unitX = new Int32Array(width);
      this.frameX = new Int32Array(width);
      this.edgeX = new Uint8Array(width);
    }
    project(width, view.x, view.scale, this.layout.columns, this.unitX, this.frameX, this.edgeX);
    const frames = seesFrames(this.layout, view.scale);
    const gap = this.layout.rows * view.scale >= kBlockGap ? 1 : 0;
    out.fill(colours.background);
    let done = 0;
    for (let at = Math.max(0, this.layout.bandAt(view.y)); at < this.layout.bands.length; ++at) {
      const band = this.layout.bands[at]!;
      const top = Math.max(done, Math.round((band.y - view.y) * view.scale));
      if (top >= height) break;
      const end = Math.round((band.y + this.layout.rows - view.y) * view.scale);
      const bottom = Math.min(height, end - (end - top > 1 ? gap : 0));
      if (bottom <= top) continue;
      if (frames) this.paintFrames(out, width, top, bottom, view, at, colours);
      else this.paintCells(out, width, top, bottom, at, colours);
      done = bottom;
    }
  }

  private paintCells(out: Uint32Array, width: number, top: number, bottom: number, at: number,
                     colours: MapColours): void {
    const band = this.layout.bands[at]!;
    const row = top * width;
    for (let x = 0; x < width; ++x) {
      const column = this.unitX[x]!;
      if (column >= 0 && column < band.count) out[row + x] = colours.cells[band.first + column]!;
    }
    for (let y = top + 1; y < bottom; ++y) out.copyWithin(y * width, row, row + width);
  }

  private paintFrames(out: Uint32Array, width: number, top: number, bottom: number,
                      view: Viewport, at: number, colours: MapColours): void {
    const { layout, report } = this;
    const band = layout.bands[at]!;
    const pages = report.pagesPerBlock;
    const perChunk = report.chunks.frames;
    const sources: (Source | null)[] = [];
    const low = Math.max(0, Math.floor(view.x / layout.columns));
    const high = Math.min(band.count, Math.ceil((view.x + width / view.scale) / layout.columns));
    for (let column = low; column < high; ++column) {
      const pfn = report.blockOf(band.first + column) * pages;
      const chunk = report.chunks.numberOf(pfn);
      const frames = colours.frames(chunk);
      sources[column] = frames && { ...frames, base: pfn - chunk * perChunk };
    }
    const segments = this.segments(width, band.count);
    let painted = -1;
    for (let y = top; y < bottom; ++y) {
      const inRow = Math.min(layout.rows - 1, Math.max(0, Math.floor(view.y + (y + 0.5) / view.scale - band.y)));
      const line = y * width;
      // Pixels of the same frames as those above, which were no upper edge.
      if (inRow === painted) {
        out.copyWithin(line, line - width, line);
        continue;
      }
      const edgeY = view.scale >= kFrameGap;
      const newRow = edgeY && (y === top || inRow !== this.lastRow);
      this.lastRow = inRow;
      if (!newRow) painted = inRow;
      for (let i = 0; i < segments.length; i += 3) {
        const column = segments[i]!;
        const source = sources[column];
        const begin = line + segments[i + 1]!;
        const end = line + segments[i + 2]!;
        if (!source) out.fill(colours.cells[band.first + column]!, begin, end);
        else if (edgeY) this.paintEdged(out, begin, end, line, source, inRow, newRow, colours);
        else this.paintPlain(out, begin, end, line, source, inRow, colours.palette);
      }
    }
  }

  // Stretches of pixels of one pageblock: its column, the first pixel, the one
  // behind the last.
  private segments(width: number, columns: number): number[] {
    const segments: number[] = [];
    for (let x = 0; x < width; ) {
      const column = this.unitX[x]!;
      let end = x + 1;
      while (end < width && this.unitX[end] === column) ++end;
      if (column >= 0 && column < columns) segments.push(column, x, end);
      x = end;
    }
    return segments;
  }

  private paintPlain(out: Uint32Array, begin: number, end: number, line: number, source: Source,
                     row: number, palette: Uint32Array): void {
    const { frameX } = this;
    const { index } = source;
    const base = source.base + row * this.layout.columns;
    for (let at = begin; at < end; ++at) out[at] = palette[index[base + frameX[at - line]!]!]!;
  }

  // With the edges of blocks left blank.
  private paintEdged(out: Uint32Array, begin: number, end: number, line: number, source: Source,
                     row: number, upper: boolean, colours: MapColours): void {
    const { frameX, edgeX } = this;
    const { index, borders } = source;
    const { palette, background } = colours;
    const base = source.base + row * this.layout.columns;
    const mask = upper ? 3 : 1;
    for (let at = begin; at < end; ++at) {
      const frame = base + frameX[at - line]!;
      const edge = borders[frame]! & mask & (edgeX[at - line]! | 2);
      out[at] = edge !== 0 ? background : palette[index[frame]!]!;
    }
  }
}
