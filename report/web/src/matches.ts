// How much of the report a search is about.

import { RunKind, type Names } from './data/contract';
import type { Report } from './data/report';
import type { Filter } from './map/modes';

export interface Matches {
  pages: number;
  // Numbers of Meta.owners that have some of them.
  owners: Set<number>;
}

// Tasks are known by frame, stacks by their sums: those that match as a whole
// are counted by these. Null: `current` said that nobody waits any more.
export async function countMatches(report: Report, names: Names, filter: NonNullable<Filter>,
                                   current: () => boolean): Promise<Matches | null> {
  const matches: Matches = { pages: 0, owners: new Set() };
  const add = (stack: number, pages: number): void => {
    if (pages === 0) return;
    matches.pages += pages;
    matches.owners.add(names.stack_owner[stack] ?? -1);
  };
  const kNoTask = -1;
  const whole = names.stacks.map((_, stack) => filter(stack, kNoTask));
  whole.forEach((matched, stack) => { if (matched) add(stack, names.stack_pages[stack]!); });
  if (report.cells === 0 || !names.tasks.some((_, task) => filter(-1, task))) return matches;
  for (const number of report.chunkNumbers()) {
    const chunk = await report.chunks.load(number);
    if (!current()) return null;
    for (let run = 0; run < chunk.start.length; ++run) {
      const kind = chunk.kind[run]!;
      if (kind === RunKind.kFree || kind === RunKind.kPcp) continue;
      const stack = chunk.stack[run]!;
      if (!whole[stack] && filter(stack, chunk.task[run]!)) add(stack, chunk.end[run]! - chunk.start[run]!);
    }
  }
  return matches;
}
