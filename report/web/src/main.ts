// The page: loads what it needs for a first look, then the rest.

import { Report } from './data/report';
import { byId, h } from './dom';
import { countMatches } from './matches';
import { filterFor, frameOf } from './search';
import { State } from './state';
import { initialTheme, themeButton } from './theme';
import { showAbout, showFigures, showMissing } from './view/facts';
import { showFlame } from './view/flame_section';
import { showMap } from './view/map_section';
import { showTables, showTopOwners } from './view/owner_tables';
import { TimeView } from './view/time';

let searches = 0;

async function search(report: Report, state: State, query: string): Promise<void> {
  const own = ++searches;
  const pfn = frameOf(query);
  if (pfn !== null) {
    const cell = report.cellOf(Math.floor(pfn / report.pagesPerBlock));
    const nothing = { query: '', filter: null, matches: null };
    if (cell >= 0) state.set({ ...nothing, lost: '', selection: { cell, frame: pfn % report.pagesPerBlock } });
    else state.set({ ...nothing, lost: report.cells > 0 ? query.trim() : '' });
    if (report.cells > 0) byId('spoken').textContent = cell >= 0 ? '' : 'The map has no such frame.';
    return;
  }
  const names = await report.loadNames();
  if (own !== searches) return;
  const filter = filterFor(query, names, report.meta.owners);
  state.set({ query, filter, matches: null, lost: '' });
  if (!filter) return;
  const matches = await countMatches(report, names, filter, () => own === searches);
  if (matches && own === searches) state.set({ matches });
}

function listenToSearch(report: Report, state: State): void {
  const field = byId('search') as HTMLInputElement;
  let timer = 0;
  field.addEventListener('input', () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => void search(report, state, field.value), 180);
  });
  field.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') {
      window.clearTimeout(timer);
      void search(report, state, field.value);
    }
    if (event.key === 'Escape') {
      field.value = '';
      void search(report, state, '');
      document.getElementById('map')?.focus();
    }
  });
  document.addEventListener('keydown', (event) => {
    if (event.key !== '/' || event.target instanceof HTMLInputElement) return;
    event.preventDefault();
    field.focus();
    field.select();
  });
  // Whoever else sets the query wants to see it here too.
  state.on((now, changed) => {
    if (!changed.has('query') || (now.query === '' && frameOf(field.value) !== null)) return;
    if (field.value !== now.query) {
      field.value = now.query;
      void search(report, state, now.query);
    }
  });
}

async function main(): Promise<void> {
  const theme = initialTheme();
  document.documentElement.dataset['theme'] = theme;
  const state = new State(theme);
  themeButton(state);
  const report = await Report.load();
  showMissing(report.meta);
  showFigures(report.meta);
  showAbout(report.meta);
  const map = showMap(report, state);
  showTopOwners(report, state);
  performance.mark('first-map');
  listenToSearch(report, state);
  showTables(report, state, (cell) => state.set({ selection: { cell, frame: null } }));
  const names = await report.loadNames();
  showFlame(report, names, state);
  const time = report.meta.knows.time ? await report.loadTime() : null;
  if (time && time.ns.length > 1) {
    new TimeView(byId('time'), time, report.meta.page_size, state);
    await report.loadMoments();
    map.momentsLoaded();
  } else {
    byId('time-note').hidden = true;
    byId('time').append(h('p', { class: 'empty' },
      'A dump is one moment. Reports of runs and of replayed traces have a time axis.'));
  }
  document.documentElement.dataset['ready'] = 'yes';
}

main().catch((error: unknown) => {
  const text = error instanceof Error ? error.message : String(error);
  const box = byId('missing');
  box.hidden = false;
  box.textContent = `This report cannot be shown: ${text}. The file may be damaged, or the browser too old: it needs DecompressionStream (2023).`;
  document.documentElement.dataset['ready'] = 'failed';
});
