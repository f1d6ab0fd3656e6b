// The map with all that is around it: modes, legend, hover, keys.

import { byId, h, swatch } from '../dom';
import type { Report } from '../data/report';
import type { Place } from '../map/layout';
import { MapView } from '../map/map_view';
import { Painting, kModeNames, kModes, kMomentModes, modeAt, type Mode } from '../map/modes';
import type { State } from '../state';
import { hoverLines } from './describe';
import { Details } from './details';
import { segments } from './segments';
import { showTab } from './tabs';

const kMove: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
};

export function showMap(report: Report, state: State): { momentsLoaded(): void } {
  if (report.cells === 0) {
    byId('map').closest('.map-side')!.replaceChildren(h('p', { class: 'empty' },
      'No map: the source does not say which page frames are meant.'));
    byId('modes').hidden = true;
    byId('tab-details').hidden = true;
    byId('zoom-fit').parentElement!.hidden = true;
    return { momentsLoaded: () => undefined };
  }
  const root = byId('map');
  const tip = byId('tooltip');
  const select = (place: Place): void => {
    state.set({ selection: { cell: place.cell, frame: view.seesFrames ? place.frame : null } });
    showTab('details');
  };
  const view = new MapView(root, report, state, {
    hover: (place, x, y) => showTip(report, state, tip, place, x, y, view.seesFrames),
    select,
  });
  // For those who measure, and for the tests.
  Object.assign(window, { pagelabMap: view });
  root.setAttribute('aria-label', `Memory map of ${report.cells} pageblocks`);
  new Details(byId('panel-details'), report, state);
  showModes(report, state);
  showLegend(report, state);
  listenToKeys(report, state, root, view);
  byId('zoom-in').addEventListener('click', () => view.zoomAtSelection(2));
  byId('zoom-out').addEventListener('click', () => view.zoomAtSelection(0.5));
  byId('zoom-fit').addEventListener('click', () => view.fit());
  state.on((now, changed) => {
    if (changed.has('selection') && now.selection) {
      const { cell, frame } = now.selection;
      view.reveal({ cell, frame: frame ?? 0 }, frame !== null);
      showTab('details');
      const [title, lines] = hoverLines(report, { cell, frame: frame ?? 0 }, frame !== null,
        report.blocksAt(now.moment));
      byId('spoken').textContent = [title, ...lines].join(', ');
    }
  });
  return { momentsLoaded: () => view.momentsLoaded() };
}

function showTip(report: Report, state: State, tip: HTMLElement, place: Place | null, x: number,
                 y: number, frames: boolean): void {
  tip.hidden = !place;
  if (!place) return;
  const [title, lines] = hoverLines(report, place, frames, report.blocksAt(state.now.moment));
  tip.replaceChildren(h('strong', {}, title), ...lines.map((line) => h('span', {}, line)));
  const width = tip.offsetWidth;
  const height = tip.offsetHeight;
  tip.style.left = `${Math.max(4, x + 16 + width > window.innerWidth ? x - width - 12 : x + 16)}px`;
  tip.style.top = `${Math.max(4, y + 18 + height > window.innerHeight ? y - height - 12 : y + 18)}px`;
}

function showModes(report: Report, state: State): void {
  const { owners, ages } = report.meta.knows;
  const known = kModes.filter((mode) => (mode !== 'owner' || owners) && (mode !== 'age' || (owners && ages)));
  if (!known.includes(state.now.mode)) state.set({ mode: 'use' });
  const buttons = segments(byId('modes'), known.map((mode) => [mode, kModeNames[mode]]), state.now.mode,
    (mode) => state.set({ mode: mode as Mode }));
  state.on((now, changed) => {
    if (!changed.has('moment')) return;
    buttons.show(modeAt(now.mode, now.moment));
    buttons.allow(now.moment === null ? null : kMomentModes, 'Known at the end of the run only');
  });
}

function showLegend(report: Report, state: State): void {
  const root = byId('legend');
  const draw = (): void => {
    const painting = new Painting(report, state.now.mode, state.now.theme);
    const entries = state.now.moment === null ? painting.legend() : painting.momentLegend();
    root.replaceChildren(...entries.map((entry) => {
      if (entry.owner === undefined) return h('span', { class: 'legend-entry' }, swatch(entry.colour), entry.text);
      const picked = state.now.query === entry.text;
      return h('button', {
        type: 'button', class: 'legend-entry', 'aria-pressed': picked,
        title: picked ? 'Show all' : `Show only ${entry.text}`,
        click: () => state.set({ query: picked ? '' : entry.text }),
      }, swatch(entry.colour), entry.text);
    }));
    const mode = modeAt(state.now.mode, state.now.moment);
    root.classList.toggle('ramp', mode === 'order' || mode === 'age');
  };
  draw();
  state.on((_, changed) => {
    if (changed.has('mode') || changed.has('theme') || changed.has('query') || changed.has('moment')) draw();
    if (changed.has('moment') || changed.has('query') || changed.has('lost')) momentNote(state);
  });
}

function momentNote(state: State): void {
  const note = byId('moment-note');
  const { moment, query, lost } = state.now;
  const parts: (Node | string)[] = [];
  if (moment !== null) {
    parts.push('The map shows an earlier moment of the run: free pages and types of pageblocks. Who had the others is known at its end only. ',
      h('button', { class: 'link', type: 'button', click: () => state.set({ moment: null }) }, 'Back to the end'));
  } else if (lost) {
    parts.push(`The map has no frame ${lost}.`);
  } else if (query) {
    parts.push(`Shown in colour: what matches “${query}”. `,
      h('button', { class: 'link', type: 'button', click: () => state.set({ query: '' }) }, 'Show all'));
  }
  note.hidden = parts.length === 0;
  note.replaceChildren(...parts);
}

function listenToKeys(report: Report, state: State, root: HTMLElement, view: MapView): void {
  root.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const at: Place | null = state.now.selection
      && { cell: state.now.selection.cell, frame: state.now.selection.frame ?? 0 };
    const go = (place: Place | null): void => {
      if (place) state.set({ selection: { cell: place.cell, frame: view.framesAreLarge ? place.frame : null } });
    };
    const move = kMove[event.key];
    if (move) {
      go(at ? view.neighbour(at, move[0], move[1]) : { cell: 0, frame: 0 });
    } else if (event.key === '+' || event.key === '=') {
      view.zoomAtSelection(2);
    } else if (event.key === '-') {
      view.zoomAtSelection(0.5);
    } else if (event.key === '0') {
      view.fit();
    } else if (event.key === 'Home') {
      go({ cell: 0, frame: 0 });
    } else if (event.key === 'End') {
      go({ cell: report.cells - 1, frame: report.pagesPerBlock - 1 });
    } else if (event.key === 'Enter' && at) {
      showTab('details');
      byId('tab-details').focus();
    } else if (event.key === 'Escape') {
      state.set(state.now.selection ? { selection: null } : { query: '', moment: null });
    } else {
      return;
    }
    event.preventDefault();
  });
  byId('panel-details').addEventListener('keydown', (event) => {
    if (event.key === 'Escape') root.focus();
  });
}

export type { State };
