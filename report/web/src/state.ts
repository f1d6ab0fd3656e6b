// What the parts of the page agree on.

import type { Mode, Filter } from './map/modes';
import type { Matches } from './matches';
import type { Theme } from './map/palette';

export interface Selection {
  cell: number;
  // Null: the pageblock as a whole.
  frame: number | null;
}

export interface Shared {
  mode: Mode;
  theme: Theme;
  selection: Selection | null;
  // Text of the search field; empty: nothing is filtered.
  query: string;
  filter: Filter;
  // What the filter lets through; null: nothing is filtered, or not counted yet.
  matches: Matches | null;
  // A frame that was asked for and that the map does not have; empty: none.
  lost: string;
  // Moment of the run that the map shows; null: as the report's data are.
  moment: number | null;
}

type Listener = (state: Shared, changed: Set<keyof Shared>) => void;

export class State {
  readonly now: Shared;
  private readonly listeners: Listener[] = [];

  constructor(theme: Theme) {
    this.now = { mode: 'owner', theme, selection: null, query: '', filter: null, matches: null, lost: '', moment: null };
  }

  on(listener: Listener): void {
    this.listeners.push(listener);
  }

  set(changes: Partial<Shared>): void {
    const changed = new Set<keyof Shared>();
    for (const key of Object.keys(changes) as (keyof Shared)[]) {
      if (this.now[key] !== changes[key]) changed.add(key);
    }
    if (changed.size === 0) return;
    Object.assign(this.now, changes);
    for (const listener of this.listeners) listener(this.now, changed);
  }
}
