// What is known of a place of the map, in words.

import { runAt, type Chunk, type FrameEvent } from '../data/chunks';
import { RunKind, kBlockStateNames, BlockState } from '../data/contract';
import type { BlocksAt } from '../data/moments';
import type { Report } from '../data/report';
import { count, duration, hex, percent, plural, size } from '../format';
import type { Place } from '../map/layout';

export interface FrameFacts {
  pfn: number;
  // First frame of the block it is in.
  head: number;
  kind: RunKind | null;
  order: number;
  owner: string;
  stack: string[];
  gfp: string;
  type: string;
  movable: boolean;
  flags: string;
  reason: string;
  memcg: string;
  pid: number;
  tgid: number;
  comm: string;
  stackNumber: number;
  run: number;
}

export function factsOf(report: Report, chunk: Chunk, pfn: number): FrameFacts {
  const base = chunk.number * report.chunks.frames;
  const run = runAt(chunk, pfn - base);
  const facts: FrameFacts = {
    pfn, head: pfn, kind: null, order: 0, owner: '', stack: [], gfp: '', type: '', movable: false,
    flags: '', reason: '', memcg: '', pid: -1, tgid: -1, comm: '', stackNumber: -1, run,
  };
  if (run < 0) return facts;
  facts.kind = chunk.kind[run]! as RunKind;
  facts.order = chunk.order[run]!;
  facts.head = pfn - (pfn % 2 ** facts.order);
  if (facts.kind === RunKind.kFree || facts.kind === RunKind.kPcp) return facts;
  const names = report.names!;
  const klass = names.classes[chunk.class[run]!];
  const task = names.tasks[chunk.task[run]!];
  facts.stackNumber = chunk.stack[run]!;
  facts.owner = report.meta.owners[names.stack_owner[facts.stackNumber] ?? -1]?.name ?? 'not known';
  facts.stack = (names.stacks[facts.stackNumber] ?? []).map((frame) => names.frames[frame] ?? '?');
  if (klass) Object.assign(facts, klass);
  if (task) [facts.pid, facts.tgid, facts.comm] = task;
  return facts;
}

export function taskText(facts: FrameFacts): string {
  if (facts.pid < 0 && !facts.comm) return 'not recorded';
  const group = facts.tgid >= 0 && facts.tgid !== facts.pid ? `, tgid ${facts.tgid}` : '';
  return `${facts.comm || 'unnamed'} (pid ${facts.pid}${group})`;
}

// When the record at `pfn` was made; NaN: not known.
export function timeOf(report: Report, chunk: Chunk, facts: FrameFacts, times: Float64Array): number {
  const start = chunk.number * report.chunks.frames + chunk.start[facts.run]!;
  const record = chunk.record[facts.run]! + Math.floor((facts.pfn - start) / 2 ** facts.order);
  return times[record] ?? Number.NaN;
}

export function blockTitle(report: Report, cell: number): string {
  return `Pageblock ${count(report.blockOf(cell)).replace(/,/g, ' ')}`;
}

// At a moment of the run, if `at` is one: then only free pages are known.
export function blockLines(report: Report, cell: number, at: BlocksAt | null = null): string[] {
  const { blocks, meta } = report;
  if (at) {
    const free = at.free[cell]!;
    return [`${count(free)} free or on per-cpu lists, ${plural(report.pagesPerBlock - free, 'page')} in use`];
  }
  const lines: string[] = [];
  const free = blocks.free[cell]!;
  const used = blocks.movable[cell]! + blocks.unmovable[cell]!;
  const parts: string[] = [];
  if (used > 0) parts.push(`${plural(used, 'page')} in use`);
  if (meta.knows.free_lists && free > 0) parts.push(`${count(free)} free`);
  if (blocks.pcp[cell]! > 0) parts.push(`${count(blocks.pcp[cell]!)} on per-cpu lists`);
  const rest = report.pagesPerBlock - free - used - blocks.pcp[cell]!;
  if (meta.knows.free_lists && rest > 0) parts.push(`${count(rest)} in use by nobody recorded`);
  if (parts.length > 0) lines.push(parts.join(', '));
  const owner = meta.owners[blocks.owner[cell]!];
  if (owner) {
    lines.push(`mostly ${owner.name} (${percent(blocks.ownerPages[cell]!, used)})`);
  }
  return lines;
}

export function typeText(report: Report, cell: number, at: BlocksAt | null): string {
  return at ? report.meta.types[at.type[cell]! - 1] ?? 'not known' : report.typeOf(cell);
}

export function hoverLines(report: Report, place: Place, frames: boolean,
                           at: BlocksAt | null = null): [string, string[]] {
  if (!frames || at) {
    return [blockTitle(report, place.cell), [typeText(report, place.cell, at), ...blockLines(report, place.cell, at)]];
  }
  const pfn = report.firstPfn(place.cell) + place.frame;
  const chunk = report.chunks.peek(report.chunks.numberOf(pfn));
  if (!chunk || !report.names) return [`pfn ${hex(pfn)}`, ['…']];
  const facts = factsOf(report, chunk, pfn);
  const title = facts.owner || kindText(report, facts);
  const lines = [`pfn ${hex(pfn)}, order ${facts.order}`];
  if (facts.owner) {
    lines.push(`${facts.type}, ${taskText(facts)}`);
    const times = report.chunks.peekTimes(chunk.number);
    const time = times ? timeOf(report, chunk, facts, times) : Number.NaN;
    if (!Number.isNaN(time)) lines.push(`${duration(report.meta.now_ns - time)} old`);
  }
  lines.push(`pageblock ${report.blockOf(place.cell)}, ${report.typeOf(place.cell)}`);
  return [title, lines];
}

export function kindText(report: Report, facts: FrameFacts): string {
  if (facts.kind === RunKind.kFree) return 'Free';
  if (facts.kind === RunKind.kPcp) return 'Free, on a per-cpu list';
  return report.meta.knows.free_lists ? 'In use, nobody recorded' : 'Free, or not recorded';
}

interface Share {
  movable: number;
  unmovable: number;
  owners: Map<string, number>;
  unmovableOf: Map<string, number>;
}

function sharesOf(report: Report, chunk: Chunk, cell: number): Share {
  const share: Share = { movable: 0, unmovable: 0, owners: new Map(), unmovableOf: new Map() };
  const base = report.firstPfn(cell) - chunk.number * report.chunks.frames;
  const end = base + report.pagesPerBlock;
  for (let run = 0; run < chunk.start.length; ++run) {
    if (chunk.end[run]! <= base) continue;
    if (chunk.start[run]! >= end) break;
    if (chunk.kind[run] === RunKind.kFree || chunk.kind[run] === RunKind.kPcp) continue;
    const pages = Math.min(end, chunk.end[run]!) - Math.max(base, chunk.start[run]!);
    const names = report.names!;
    const owner = report.meta.owners[names.stack_owner[chunk.stack[run]!] ?? -1]?.name ?? 'not known';
    const movable = names.classes[chunk.class[run]!]?.movable ?? false;
    share.owners.set(owner, (share.owners.get(owner) ?? 0) + pages);
    if (movable) {
      share.movable += pages;
    } else {
      share.unmovable += pages;
      share.unmovableOf.set(owner, (share.unmovableOf.get(owner) ?? 0) + pages);
    }
  }
  return share;
}

// "a 2 MiB page".
function hugePage(report: Report): string {
  return `a ${size(report.bytes(report.pagesPerBlock))} page`;
}

// What a record keeps its pageblock from.
export function preventsText(report: Report, chunk: Chunk, cell: number, facts: FrameFacts): string {
  const block = report.blockOf(cell);
  const huge = hugePage(report);
  if (facts.kind === RunKind.kFree || facts.kind === RunKind.kPcp) {
    return report.stateOf(cell) === BlockState.kFree
      ? `Prevents nothing: pageblock ${block} is free as a whole.` : 'Prevents nothing: it is free.';
  }
  if (facts.kind === null) {
    return report.meta.knows.free_lists
      ? `Pageblock ${block} cannot be emptied as far as anybody knows: nobody recorded who uses this frame.`
      : 'Not known.';
  }
  if (2 ** facts.order >= report.pagesPerBlock) {
    const is = facts.order === report.meta.pageblock_order ? 'is' : 'is more than';
    return `Prevents nothing: its block covers pageblock ${block} and ${is} ${huge} already.`;
  }
  const share = sharesOf(report, chunk, cell);
  const own = 2 ** facts.order;
  const untracked = report.stateOf(cell) === BlockState.kUntracked
    ? ' Other frames of it are in use by nobody recorded.' : '';
  if (facts.movable) {
    const rest = share.unmovable > 0
      ? ` ${plural(share.unmovable, 'page')} that cannot move ${share.unmovable === 1 ? 'keeps' : 'keep'} pageblock ${block} from becoming ${huge}.`
      : ` So could all ${plural(share.movable, 'page')} in use: with room for them elsewhere, compaction makes pageblock ${block} ${huge}.`;
    return `Prevents nothing by itself: it can be moved elsewhere.${rest}${untracked}`;
  }
  const mine = share.unmovableOf.get(facts.owner) ?? own;
  if (share.unmovable <= own) {
    const others = share.movable > 0
      ? `, the ${plural(share.movable, 'other page')} in use could all be moved` : ' and nothing else is in use in it';
    return `Keeps pageblock ${block} from becoming ${huge}: it is the only one there that cannot be moved${others}.${untracked}`;
  }
  if (mine === share.unmovable) {
    return `Keeps pageblock ${block} from becoming ${huge}, with ${plural(mine - own, 'more page')} of the same owner; no other owner has pages there that cannot be moved.${untracked}`;
  }
  return `Keeps pageblock ${block} from becoming ${huge}, as ${plural(share.unmovable - own, 'other page')} there ${share.unmovable - own === 1 ? 'does' : 'do'} that cannot be moved, of ${plural(share.unmovableOf.size, 'owner')}.${untracked}`;
}

export function ownersIn(report: Report, chunk: Chunk, cell: number): [string, number, number][] {
  const share = sharesOf(report, chunk, cell);
  return [...share.owners]
    .map(([name, pages]): [string, number, number] => [name, pages, share.unmovableOf.get(name) ?? 0])
    .sort((a, b) => b[2] - a[2] || b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}

export function stateText(report: Report, cell: number): string {
  const state = report.stateOf(cell);
  const text = kBlockStateNames[state]!;
  return text.charAt(0).toUpperCase() + text.slice(1);
}

// Events that touched a frame.
export function eventsOf(events: FrameEvent[], pfn: number): FrameEvent[] {
  return events.filter((event) => pfn >= event.pfn && pfn < event.pfn + 2 ** event.order);
}
