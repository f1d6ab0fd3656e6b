// Single frames: the memory map in chunks of 2^chunk_order frames, each
// unpacked when somebody looks at it.

import { readColumns, unzigzag } from './columns';
import { RunKind, type Meta } from './contract';
import { loadParts } from './sections';

// How many are kept unpacked: 64 of 2^17 frames are 32 GiB of memory.
const kKept = 64;

// Runs of blocks that differ in nothing but their time, by first frame.
export interface Chunk {
  number: number;
  // Frames from the chunk's first; the first behind the run.
  start: Uint32Array;
  end: Uint32Array;
  kind: Uint8Array;
  order: Uint8Array;
  // Of allocated runs.
  stack: Uint32Array;
  class: Uint32Array;
  task: Uint32Array;
  // Number of the run's first record among the chunk's, in the order of the
  // section "times".
  record: Uint32Array;
}

export interface FrameEvent {
  number: number;
  ns: number;
  kind: number;
  pfn: number;
  order: number;
  type: number;
  task: number;
}

function decode(number: number, frames: number, parts: Uint8Array[]): Chunk {
  const columns = parts.map(readColumns);
  const total = columns.reduce((sum, part) => sum + part[0]!.length, 0);
  const chunk: Chunk = {
    number,
    start: new Uint32Array(total),
    end: new Uint32Array(total),
    kind: new Uint8Array(total),
    order: new Uint8Array(total),
    stack: new Uint32Array(total),
    class: new Uint32Array(total),
    task: new Uint32Array(total),
    record: new Uint32Array(total),
  };
  let run = 0;
  let record = 0;
  for (const [gap, count, head, stack, klass, task] of columns as [
    Float64Array, Float64Array, Float64Array, Float64Array, Float64Array, Float64Array,
  ][]) {
    let frame = 0;
    let allocated = 0;
    for (let i = 0; i < gap.length; ++i, ++run) {
      const kind = head[i]! & 3;
      const order = head[i]! >> 2;
      const start = frame + gap[i]!;
      frame = Math.min(start + count[i]! * 2 ** order, frames);
      chunk.start[run] = start;
      chunk.end[run] = frame;
      chunk.kind[run] = kind;
      chunk.order[run] = order;
      if (kind !== RunKind.kAllocated && kind !== RunKind.kContinued) continue;
      chunk.stack[run] = stack[allocated]!;
      chunk.class[run] = klass[allocated]!;
      chunk.task[run] = task[allocated]!;
      chunk.record[run] = record;
      record += count[i]!;
      ++allocated;
    }
  }
  return parts.length > 1 ? sorted(chunk) : chunk;
}

function sorted(chunk: Chunk): Chunk {
  const order = Uint32Array.from(chunk.start, (_, i) => i);
  order.sort((a, b) => chunk.start[a]! - chunk.start[b]!);
  const wide = (from: Uint32Array): Uint32Array => order.map((i) => from[i]!);
  const small = (from: Uint8Array): Uint8Array => Uint8Array.from(order, (i) => from[i]!);
  return {
    number: chunk.number,
    start: wide(chunk.start),
    end: wide(chunk.end),
    kind: small(chunk.kind),
    order: small(chunk.order),
    stack: wide(chunk.stack),
    class: wide(chunk.class),
    task: wide(chunk.task),
    record: wide(chunk.record),
  };
}

// The run that has the frame, -1: none.
export function runAt(chunk: Chunk, frame: number): number {
  let low = 0;
  let high = chunk.start.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (chunk.start[middle]! <= frame) low = middle + 1;
    else high = middle;
  }
  const run = low - 1;
  return run >= 0 && frame < chunk.end[run]! ? run : -1;
}

export class ChunkStore {
  readonly frames: number;
  // In the order of last use.
  private readonly kept = new Map<number, Chunk>();
  private readonly loading = new Map<number, Promise<Chunk>>();
  private readonly times = new Map<number, Float64Array>();
  private readonly events = new Map<number, FrameEvent[]>();

  constructor(meta: Meta) {
    this.frames = 2 ** meta.chunk_order;
  }

  numberOf(pfn: number): number {
    return Math.floor(pfn / this.frames);
  }

  // Null: not unpacked; load() does that.
  peek(number: number): Chunk | null {
    return this.kept.get(number) ?? null;
  }

  load(number: number): Promise<Chunk> {
    const known = this.kept.get(number);
    if (known) {
      this.kept.delete(number);
      this.kept.set(number, known);
      return Promise.resolve(known);
    }
    let promise = this.loading.get(number);
    if (!promise) {
      promise = loadParts(`frames-${number}`).then((parts) => {
        const chunk = decode(number, this.frames, parts);
        this.loading.delete(number);
        this.kept.set(number, chunk);
        if (this.kept.size > kKept) this.kept.delete(this.kept.keys().next().value!);
        return chunk;
      });
      this.loading.set(number, promise);
    }
    return promise;
  }

  // When each record of the chunk was allocated, in nanoseconds since boot;
  // NaN: not known.
  async loadTimes(number: number): Promise<Float64Array> {
    const known = this.times.get(number);
    if (known) return known;
    const columns = (await loadParts(`times-${number}`)).map((part) => readColumns(part)[0]!);
    const times = new Float64Array(columns.reduce((sum, column) => sum + column.length, 0));
    let at = 0;
    for (const column of columns) {
      let time = 0;
      for (const value of column) {
        time += unzigzag(value);
        times[at++] = time < 0 ? Number.NaN : time;
      }
    }
    this.times.set(number, times);
    return times;
  }

  peekTimes(number: number): Float64Array | null {
    return this.times.get(number) ?? null;
  }

  // In the order of the run.
  async loadEvents(number: number): Promise<FrameEvent[]> {
    const known = this.events.get(number);
    if (known) return known;
    const events: FrameEvent[] = [];
    for (const part of await loadParts(`events-${number}`)) {
      const [gap, ns, kind, frame, order, type, task] = readColumns(part) as [
        Float64Array, Float64Array, Float64Array, Float64Array, Float64Array, Float64Array,
        Float64Array,
      ];
      let event = 0;
      let time = 0;
      for (let i = 0; i < gap.length; ++i) {
        event += gap[i]!;
        time += unzigzag(ns[i]!);
        events.push({
          number: event,
          ns: time,
          kind: kind[i]!,
          pfn: number * this.frames + frame[i]!,
          order: order[i]!,
          type: type[i]! - 1,
          task: task[i]! - 1,
        });
      }
    }
    this.events.set(number, events);
    return events;
  }
}
