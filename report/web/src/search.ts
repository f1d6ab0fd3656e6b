// The search field: names of owners, functions and tasks, a pid, or a frame.

import type { Names } from './data/contract';
import type { Filter } from './map/modes';

// "0x1a2b3" or "pfn 1234": a frame to go to; null: words to look for.
export function frameOf(query: string): number | null {
  const match = /^(?:pfn[ =:]*)?(0x[0-9a-f]+)$|^pfn[ =:]*(\d+)$/i.exec(query.trim());
  if (!match) return null;
  return Number(match[1] ?? match[2]);
}

// Which records have the words in a function of their stack or the name of
// their task; "pid 12" means that pid alone.
export function filterFor(query: string, names: Names, owners: { name: string }[]): Filter {
  const words = query.trim().toLowerCase();
  if (!words) return null;
  const pid = /^pid[ =:]*(\d+)$/.exec(words);
  if (pid) {
    const wanted = Number(pid[1]);
    const tasks = names.tasks.map((task) => task[0] === wanted);
    return (_, task) => tasks[task] === true;
  }
  const functions = names.functions.map((name) => name.toLowerCase().includes(words));
  const frames = names.frame_function.map((id) => functions[id] === true);
  const owner = owners.map((one) => one.name.toLowerCase());
  // The whole name of an owner means that owner's pages, and not all stacks
  // that go through a function of that name.
  const exact = owner.indexOf(words);
  const stacks = names.stacks.map((stack, i) =>
    exact >= 0 ? names.stack_owner[i] === exact
      : stack.some((frame) => frames[frame]) || (owner[names.stack_owner[i]!]?.includes(words) ?? false));
  const tasks = names.tasks.map((task) => exact < 0 && task[2].toLowerCase().includes(words));
  return (stack, task) => stacks[stack] === true || tasks[task] === true;
}
