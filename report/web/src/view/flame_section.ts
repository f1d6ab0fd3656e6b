// The flame graph with what is around it.

import { byId, h } from '../dom';
import type { Names } from '../data/contract';
import type { Report } from '../data/report';
import { percent, plural } from '../format';
import type { State } from '../state';
import { Flame, flameTree, type FlameWidth } from './flame';
import { segments } from './segments';

export function showFlame(report: Report, names: Names, state: State): void {
  const root = byId('flame');
  const { meta } = report;
  if (!meta.knows.owners) {
    root.append(h('p', { class: 'empty' }, 'Without a page_owner dump no stacks are known.'));
    return;
  }
  const note = byId('flame-note');
  const compares = meta.knows.before;
  const tree = flameTree(names);
  const flame = new Flame(root, tree, compares, meta.page_size, (name) => state.set({ query: name }));
  const tell = (): void => {
    const { query, matches } = state.now;
    const how = compares
      ? `Against ${meta.before_name}: orange grew, blue shrank, grey is as before.`
      : 'Call stacks from the outside in; width in pages. Click to zoom, Esc to go back; modules are red.';
    const found = matches
      ? `${plural(matches.pages, 'page')}, ${percent(matches.pages, tree.pages)} of what is recorded.` : 'counting…';
    note.textContent = query ? `“${query}”: ${found}` : how;
  };
  if (compares) {
    const widths = byId('flame-widths');
    widths.hidden = false;
    flame.setWidth('larger');
    segments(widths, [['now', 'Pages now'], ['before', 'Pages before'], ['larger', 'The larger']], 'larger',
      (value) => flame.setWidth(value as FlameWidth));
  }
  const update = (): void => {
    flame.set(state.now.theme, state.now.query);
    tell();
  };
  update();
  state.on((_, changed) => {
    if (changed.has('theme') || changed.has('query')) update();
    else if (changed.has('matches')) tell();
  });
}
