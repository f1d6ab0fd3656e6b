// What a colour says. A frame's colour is an index in a palette of 256, so that
// a theme changes 256 colours and not a million pixels.

import { runAt, type Chunk } from '../data/chunks';
import { BlockState, RunKind, kBlockStateNames } from '../data/contract';
import type { BlocksAt } from '../data/moments';
import type { Report } from '../data/report';
import { kColours, mix, mixPixels, pixel, sequential, type Theme } from './palette';

export const kModes = ['owner', 'type', 'order', 'age', 'use', 'keeps'] as const;
export type Mode = (typeof kModes)[number];

export const kModeNames: Record<Mode, string> = {
  owner: 'Owner',
  type: 'Migratetype',
  order: 'Order',
  age: 'Age',
  use: 'Free or not',
  keeps: 'What keeps it',
};

// Indices that mean the same in all modes.
const kNothing = 0;
const kFree = 1;
const kPcp = 2;
const kUntracked = 3;
const kUnknown = 4;
const kDimmed = 5;
const kFirst = 16;
// A second set, of free pages.
const kFirstFree = 48;
const kOwners = 240;

const kAges: [number, string][] = [
  [1e-3, '1 ms'], [1e-2, '10 ms'], [0.1, '0.1 s'], [1, '1 s'], [10, '10 s'], [60, '1 min'],
  [600, '10 min'], [3600, '1 h'], [86400, '1 day'],
];

export interface LegendEntry {
  colour: string;
  text: string;
  // Index in Meta.owners, for those that can be picked.
  owner?: number;
}

// Which records count; null: all do.
export type Filter = ((stack: number, task: number) => boolean) | null;

function ageBin(seconds: number): number {
  const at = kAges.findIndex(([limit]) => seconds < limit);
  return at < 0 ? kAges.length : at;
}

function palette(report: Report, mode: Mode, theme: Theme): string[] {
  const colours = kColours[theme];
  const of: string[] = new Array<string>(256).fill(colours.background);
  of[kFree] = colours.free;
  of[kPcp] = colours.pcp;
  of[kUntracked] = colours.untracked;
  of[kUnknown] = colours.unknown;
  of[kDimmed] = colours.dimmed;
  switch (mode) {
    case 'owner': {
      let category = 0;
      for (let rank = 0; rank < kOwners; ++rank) {
        const owner = report.meta.owners[rank];
        if (owner?.special) of[kFirst + rank] = colours.special;
        else of[kFirst + rank] = colours.categories[category++] ?? colours.other;
      }
      break;
    }
    case 'type':
      for (let type = 0; type < 16; ++type) {
        const colour = typeColour(report, type, theme);
        of[kFirst + type] = colour;
        of[kFirstFree + type] = mix(colours.background, colour, 0.22);
      }
      break;
    case 'order':
      for (let order = 0; order <= 20; ++order) {
        of[kFirst + order] = sequential(Math.min(order, 10) / 10, theme);
        of[kFirstFree + order] = mix(colours.free, colours.untracked, 0.5 - order / 20);
      }
      break;
    case 'age':
      for (let bin = 0; bin <= kAges.length; ++bin) {
        of[kFirst + bin] = sequential(bin / kAges.length, theme);
      }
      break;
    case 'use':
      of[kFirst] = colours.movable;
      of[kFirst + 1] = colours.unmovable;
      break;
    case 'keeps':
      of[kFirst] = colours.movable;
      of[kFirst + 1] = colours.unmovable;
      colours.states.forEach((colour, state) => {
        of[kFirstFree + state] = mix(colours.background, colour, 0.3);
      });
      break;
  }
  return of;
}

function typeColour(report: Report, type: number, theme: Theme): string {
  const colours = kColours[theme];
  const places: Record<string, number> = {
    Unmovable: 0, Movable: 4, Reclaimable: 2, HighAtomic: 5, CMA: 6, Isolate: 7,
  };
  const place = places[report.meta.types[type] ?? ''];
  return place === undefined ? colours.other : colours.categories[place]!;
}

// At a moment of the run only free pages and types are known.
export const kMomentModes: readonly Mode[] = ['type', 'use'];
export function modeAt(mode: Mode, moment: number | null): Mode {
  return moment === null || kMomentModes.includes(mode) ? mode : 'use';
}

// Colours of one mode in one theme.
export class Painting {
  readonly pixels: Uint32Array;
  private readonly colours: string[];

  constructor(
    readonly report: Report,
    readonly mode: Mode,
    readonly theme: Theme,
  ) {
    this.colours = palette(report, mode, theme);
    this.pixels = Uint32Array.from(this.colours, pixel);
    this.pixels[kNothing] = pixel(kColours[theme].background);
  }

  // Of the run's frames. `seconds` is its age.
  indexOf(chunk: Chunk, run: number, cell: number, seconds: number): number {
    const { report } = this;
    const kind = chunk.kind[run]!;
    if (kind === RunKind.kFree || kind === RunKind.kPcp) {
      if (this.mode === 'type') {
        const type = report.blocks.type[cell]!;
        return type < 0 ? kFree : kFirstFree + type;
      }
      if (this.mode === 'order') return kFirstFree + chunk.order[run]!;
      if (this.mode === 'keeps') return kFirstFree + report.blocks.state[cell]!;
      return kind === RunKind.kFree ? kFree : kPcp;
    }
    const names = report.names!;
    const klass = names.classes[chunk.class[run]!];
    switch (this.mode) {
      case 'owner': {
        const owner = names.stack_owner[chunk.stack[run]!] ?? kOwners;
        return kFirst + Math.min(owner, kOwners - 1);
      }
      case 'type': {
        const type = report.meta.types.indexOf(klass?.type ?? '');
        return type < 0 ? kUnknown : kFirst + type;
      }
      case 'order':
        return kFirst + chunk.order[run]!;
      case 'age':
        return kFirst + ageBin(seconds);
      case 'use':
      case 'keeps':
        return kFirst + (klass?.movable ? 0 : 1);
    }
  }

  // The index of each frame of a chunk. `times` is only looked at for ages.
  fill(chunk: Chunk, times: Float64Array | null, filter: Filter): Uint8Array {
    const { report } = this;
    const rest = report.meta.knows.free_lists ? kUntracked : kUnknown;
    const index = new Uint8Array(report.chunks.frames).fill(rest);
    const firstBlock = (chunk.number * report.chunks.frames) / report.pagesPerBlock;
    let block = -1;
    let cell = 0;
    for (let run = 0; run < chunk.start.length; ++run) {
      const start = chunk.start[run]!;
      const end = chunk.end[run]!;
      const in_block = Math.floor(start / report.pagesPerBlock);
      if (in_block !== block) {
        block = in_block;
        cell = Math.max(0, report.cellOf(firstBlock + block));
      }
      const allocated =
        chunk.kind[run] === RunKind.kAllocated || chunk.kind[run] === RunKind.kContinued;
      if (filter && !(allocated && filter(chunk.stack[run]!, chunk.task[run]!))) {
        index.fill(allocated ? kDimmed : kUnknown, start, end);
        continue;
      }
      if (this.mode === 'age' && times && allocated) {
        this.fillAges(chunk, run, times, index);
        continue;
      }
      index.fill(this.indexOf(chunk, run, cell, 0), start, end);
    }
    return index;
  }

  private fillAges(chunk: Chunk, run: number, times: Float64Array, index: Uint8Array): void {
    const pages = 2 ** chunk.order[run]!;
    let record = chunk.record[run]!;
    for (let at = chunk.start[run]!; at < chunk.end[run]!; at += pages) {
      const seconds = (this.report.meta.now_ns - times[record++]!) / 1e9;
      index.fill(Number.isNaN(seconds) ? kUnknown : kFirst + ageBin(seconds), at, Math.min(at + pages, chunk.end[run]!));
    }
  }

  // The colour of each pageblock as a whole.
  cells(): Uint32Array {
    const out = new Uint32Array(this.report.cells);
    for (let cell = 0; cell < out.length; ++cell) out[cell] = this.cellPixel(cell);
    return out;
  }

  private cellPixel(cell: number): number {
    const { report, pixels } = this;
    const { blocks } = report;
    const free = blocks.free[cell]! + blocks.pcp[cell]!;
    const used = blocks.movable[cell]! + blocks.unmovable[cell]!;
    const size = report.pagesPerBlock;
    const untracked = report.meta.knows.free_lists ? Math.max(0, size - free - used) : 0;
    if (this.mode === 'keeps') {
      return pixel(kColours[this.theme].states[report.stateOf(cell)]!);
    }
    const empty = report.meta.knows.free_lists ? pixels[kFree]! : pixels[kUnknown]!;
    const type = blocks.type[cell]!;
    if (this.mode === 'type') {
      const full = type < 0 ? pixels[kUntracked]! : pixels[kFirst + type]!;
      const share = (used + untracked) / size;
      const pale = type < 0 ? empty : pixels[kFirstFree + type]!;
      return mixPixels(pale, full, Math.sqrt(Math.min(1, share)));
    }
    if (used === 0) return mixPixels(empty, pixels[kUntracked]!, untracked / size);
    const full = this.usedPixel(cell, used);
    const seen = mixPixels(full, pixels[kUntracked]!, untracked / (untracked + used));
    return mixPixels(empty, seen, 0.18 + 0.82 * Math.min(1, (used + untracked) / size));
  }

  private usedPixel(cell: number, used: number): number {
    const { blocks, meta } = this.report;
    switch (this.mode) {
      case 'owner': {
        const owner = blocks.owner[cell]!;
        const own = this.pixels[kFirst + Math.min(Math.max(owner, 0), kOwners - 1)]!;
        const other = pixel(kColours[this.theme].other);
        return owner < 0 ? other : mixPixels(other, own, 0.35 + (0.65 * blocks.ownerPages[cell]!) / used);
      }
      case 'order':
        return this.pixels[kFirst + Math.round(blocks.order8[cell]! / 8)]!;
      case 'age':
        return this.pixels[kFirst + ageBin(blocks.age[cell]! / 1e3)]!;
      default:
        return meta.knows.owners
          ? mixPixels(this.pixels[kFirst]!, this.pixels[kFirst + 1]!, Math.sqrt(blocks.unmovable[cell]! / used))
          : this.pixels[kUntracked]!;
    }
  }

  // At a moment of the run only free pages and types are known.
  cellsAt(at: BlocksAt): Uint32Array {
    const { report, pixels } = this;
    const colours = kColours[this.theme];
    const out = new Uint32Array(report.cells);
    for (let cell = 0; cell < out.length; ++cell) {
      const type = at.type[cell]! - 1;
      const free = Math.min(1, at.free[cell]! / report.pagesPerBlock);
      if (this.mode === 'type' && type >= 0) {
        out[cell] = mixPixels(pixels[kFirst + type]!, pixels[kFirstFree + type]!, free);
      } else {
        out[cell] = mixPixels(pixel(mix(colours.other, colours.movable, 0.6)), pixel(colours.free), free);
      }
    }
    return out;
  }

  // How much of each pageblock the filter lets through, as colours.
  cellsWith(matches: Uint32Array): Uint32Array {
    const strong = pixel(kColours[this.theme].unmovable);
    const weak = this.pixels[kDimmed]!;
    return Uint32Array.from(matches, (pages) =>
      pages === 0 ? weak : mixPixels(weak, strong, 0.3 + 0.7 * Math.min(1, pages / this.report.pagesPerBlock)));
  }

  // Of cellsAt().
  momentLegend(): LegendEntry[] {
    if (this.mode === 'type') return this.legend().slice(0, -1);
    const colours = kColours[this.theme];
    return [
      { colour: mix(colours.other, colours.movable, 0.6), text: 'in use' },
      { colour: colours.free, text: 'free, or on a per-cpu list' },
    ];
  }

  legend(): LegendEntry[] {
    const { meta } = this.report;
    const colours = kColours[this.theme];
    const entries: LegendEntry[] = [];
    const add = (colour: string, text: string, owner?: number): void => {
      entries.push(owner === undefined ? { colour, text } : { colour, text, owner });
    };
    if (this.mode === 'owner') {
      meta.owners.slice(0, 9).forEach((owner, rank) => {
        if (!owner.special) add(this.colours[kFirst + rank]!, owner.name, rank);
      });
      if (meta.owners.length > 9) add(colours.other, 'others');
      if (meta.owners.some((owner) => owner.special)) add(colours.special, 'page_owner itself, early pages');
    } else if (this.mode === 'type') {
      const seen = new Set<number>(this.report.blocks.type);
      meta.types.forEach((name, type) => {
        if (seen.has(type)) add(this.colours[kFirst + type]!, name);
      });
    } else if (this.mode === 'order') {
      for (let order = 0; order <= 10; ++order) add(this.colours[kFirst + order]!, `${order}`);
    } else if (this.mode === 'age') {
      kAges.forEach(([, name], bin) => add(this.colours[kFirst + bin]!, `< ${name}`));
      add(this.colours[kFirst + kAges.length]!, 'older');
    } else if (this.mode === 'use') {
      add(colours.movable, 'can move');
      add(colours.unmovable, 'cannot move');
    } else {
      kBlockStateNames.forEach((name, state) => {
        if (meta.block_states[state]! > 0) {
          add(colours.states[state]!, `${name} (${meta.block_states[state]!.toLocaleString('en')})`);
        }
      });
      return entries;
    }
    if (meta.knows.free_lists) {
      add(this.mode === 'type' ? mix(colours.background, colours.untracked, 0.3) : colours.free, 'free');
      if (this.mode !== 'type' && this.mode !== 'order' && meta.totals.pcp > 0) add(colours.pcp, 'on a per-cpu list');
      add(colours.untracked, 'in use, nobody recorded');
    } else {
      add(colours.unknown, 'free or not recorded');
    }
    return entries;
  }
}

// Where blocks begin: bit 0 at the left edge of a frame, bit 1 at the upper.
export function borders(chunk: Chunk, frames: number, columns: number): Uint8Array {
  const out = new Uint8Array(frames).fill(3);
  for (let run = 0; run < chunk.start.length; ++run) {
    const pages = 2 ** chunk.order[run]!;
    if (pages === 1) continue;
    for (let at = chunk.start[run]!; at < chunk.end[run]!; at += pages) {
      const end = Math.min(at + pages, chunk.end[run]!);
      const column = at % columns;
      for (let frame = at; frame < end; ++frame) {
        const left = frame % columns === 0 ? 0 : frame === at ? 1 : 0;
        out[frame] = (frame % columns === 0 || left ? 1 : 0) | (frame - at + column < columns ? 2 : 0);
      }
    }
  }
  return out;
}

export { BlockState, runAt };
