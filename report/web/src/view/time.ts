// A run over time: free memory, indices and what the allocator had to do, on
// one axis. A moment that is picked is the map's.

import uPlot from 'uplot';
import { h, swatch } from '../dom';
import type { TimeData, TimeSeries } from '../data/contract';
import { count, moment as momentText, size } from '../format';
import { kColours, mix, sequential, type Theme } from '../map/palette';
import type { State } from '../state';

interface Chart {
  title: string;
  series: { name: string; colour: string; values: (number | null)[] }[];
  stacked: boolean;
  top?: number;
  bytes?: boolean;
}

// Round in binary units.
const kByteSteps = Array.from({ length: 40 }, (_, power) => 2 ** (power + 8));

const kGroups: Record<string, string> = {
  steal: 'Steals and fallbacks', compaction: 'Compaction', reclaim: 'Reclaim', failure: 'Failures',
};

function busy(series: TimeSeries): boolean {
  return series.values.some((value) => value !== null && value !== 0);
}

// Moments are not evenly spaced: what happened since the one before, over how
// far it is from there, along the axis. What happened at one place of the axis
// is counted where it goes on.
export function rates(values: (number | null)[], axis: number[], unit: number): (number | null)[] {
  let from = axis[0]!;
  let since = 0;
  return values.map((value, at) => {
    since += at === 0 ? 0 : value ?? 0;
    const distance = axis[at]! - from;
    if (distance <= 0) return null;
    const rate = (since * unit) / distance;
    from = axis[at]!;
    since = 0;
    return rate;
  });
}

export class TimeView {
  private plots: uPlot[] = [];
  private readonly charts = h('div', { class: 'charts' });
  private readonly slider: HTMLInputElement;
  private readonly label = h('output', { class: 'moment', for: 'moment' });
  private readonly back: HTMLButtonElement;
  private readonly hidden = new Set<string>(['mm_page_alloc', 'mm_page_free']);
  // Most runs do most of their work in a small part of their time.
  private byEvents = true;
  private playing = 0;

  constructor(
    private readonly root: HTMLElement,
    private readonly data: TimeData,
    private readonly pageSize: number,
    private readonly state: State,
  ) {
    const last = data.ns.length - 1;
    this.slider = h('input', {
      id: 'moment', type: 'range', min: 0, max: last, value: last, 'aria-label': 'Moment of the run',
      input: () => this.pick(Number(this.slider.value)),
    });
    this.back = h('button', { type: 'button', class: 'plain', click: () => state.set({ moment: null }) }, 'Show the end');
    const play = h('button', { type: 'button', class: 'plain', click: () => this.play(play) }, 'Play');
    const axis = h('button', {
      type: 'button', class: 'plain', 'aria-pressed': !this.byEvents,
      click: () => {
        this.byEvents = !this.byEvents;
        axis.setAttribute('aria-pressed', String(!this.byEvents));
        this.draw();
      },
    }, 'Axis in seconds');
    axis.disabled = data.ns[last]! <= data.ns[0]!;
    root.append(h('div', { class: 'brush' }, play, this.slider, this.label, this.back, axis), this.charts);
    state.on((_, changed) => {
      if (changed.has('theme')) this.draw();
      if (changed.has('moment')) this.mark();
    });
    let width = 0;
    new ResizeObserver(() => {
      if (root.clientWidth !== width && root.clientWidth > 0) {
        width = root.clientWidth;
        this.draw();
      }
    }).observe(root);
  }

  private pick(moment: number): void {
    this.state.set({ moment });
  }

  private play(button: HTMLButtonElement): void {
    if (this.playing) {
      window.clearInterval(this.playing);
      this.playing = 0;
      button.textContent = 'Play';
      return;
    }
    const last = this.data.ns.length - 1;
    let at = this.state.now.moment ?? 0;
    if (at >= last) at = 0;
    button.textContent = 'Stop';
    this.playing = window.setInterval(() => {
      this.pick(at);
      if (++at > last) this.play(button);
    }, Math.max(40, Math.min(200, 12000 / (last + 1))));
  }

  private mark(): void {
    const { moment } = this.state.now;
    const at = moment ?? this.data.ns.length - 1;
    this.slider.value = String(at);
    this.slider.setAttribute('aria-valuetext', this.momentLabel(at));
    this.label.textContent = moment === null ? 'the end of the run' : this.momentLabel(at);
    this.back.hidden = moment === null;
    for (const plot of this.plots) plot.redraw(false);
  }

  private momentLabel(at: number): string {
    return `${momentText(this.data.ns[at]!)}, event ${count(this.data.event[at]!)}`;
  }

  private plan(theme: Theme): Chart[] {
    const { data } = this;
    const colours = kColours[theme];
    const charts: Chart[] = [{
      title: 'Free memory by order', stacked: true, bytes: true,
      series: data.free_by_order.map((blocks, order) => ({
        name: `order ${order}`, colour: sequential(order / 10, theme),
        values: blocks.map((value) => value * 2 ** order * this.pageSize),
      })).filter((series) => series.values.some((value) => value > 0)),
    }];
    const indices = data.series.filter((series) => series.group === 'index');
    if (indices.length > 0) {
      charts.push({ title: 'Fragmentation', stacked: false, top: 1, series: this.coloured(indices, colours.categories) });
    }
    for (const [group, title] of Object.entries(kGroups)) {
      const series = data.series.filter((one) => one.group === group && busy(one));
      if (series.length > 0) charts.push({ title: `${title}, ${this.unit()}`, stacked: false, series: this.rated(series, colours.categories) });
    }
    const traffic = data.series.filter((one) => one.group === 'traffic' && busy(one));
    if (traffic.length > 0) charts.push({ title: `Events, ${this.unit()}`, stacked: false, series: this.rated(traffic, colours.categories) });
    return charts;
  }

  private unit(): string {
    return this.byEvents ? 'per 1,000 events' : 'per second';
  }

  private rated(series: TimeSeries[], colours: string[]): Chart['series'] {
    const [axis, unit] = this.byEvents ? [this.data.event, 1000] : [this.data.ns, 1e9];
    return this.coloured(series, colours).map((one) => ({ ...one, values: rates(one.values, axis, unit) }));
  }

  private coloured(series: TimeSeries[], colours: string[]): Chart['series'] {
    return series.map((one, i) => ({ name: one.name, colour: colours[i % colours.length]!, values: one.values }));
  }

  private draw(): void {
    for (const plot of this.plots) plot.destroy();
    this.plots = [];
    this.charts.replaceChildren();
    const { theme } = this.state.now;
    const plan = this.plan(theme);
    plan.forEach((chart, i) => this.add(chart, theme, i === plan.length - 1));
    this.mark();
  }

  private add(chart: Chart, theme: Theme, last: boolean): void {
    const place = h('div', { class: 'chart' });
    const seen = chart.series.filter((series) => !this.hidden.has(series.name));
    const box = h('div', { class: 'plot', role: 'img', 'aria-label': `${chart.title} over the run` });
    place.append(h('div', { class: 'chart-head' }, h('h3', {}, chart.title), this.legend(chart)), box);
    this.charts.append(place);
    const x = this.byEvents ? this.data.event : this.data.ns.map((ns) => ns / 1e9);
    const values = chart.stacked ? stack(seen.map((series) => series.values)).reverse() : seen.map((series) => series.values);
    if (chart.stacked) seen.reverse();
    const style = getComputedStyle(this.root);
    const muted = style.getPropertyValue('--muted').trim();
    const line = style.getPropertyValue('--line').trim();
    const axis = { stroke: muted, grid: { stroke: line, width: 1 }, ticks: { show: false }, font: '11px system-ui, sans-serif' };
    const options: uPlot.Options = {
      width: this.root.clientWidth,
      height: (chart.stacked ? 150 : 90) + (last ? 26 : 0),
      // The same for all, that their axes are one.
      padding: [10, 28, last ? 0 : 8, 0],
      legend: { show: false },
      cursor: { sync: { key: 'time' }, drag: { x: false, y: false }, points: { show: false } },
      scales: { x: { time: false }, y: { range: (_, __, high) => [0, chart.top ?? high > 0 ? high * 1.05 : 1] } },
      axes: [
        { ...axis, show: last, grid: { show: false }, size: 26, space: 80, values: (_, splits) => splits.map((v) => (this.byEvents ? count(v) : `${+v.toFixed(6)} s`)) },
        { ...axis, size: 66, space: 28, incrs: chart.bytes ? kByteSteps : undefined, values: (_, splits) => splits.map((v) => (chart.bytes ? size(v) : chart.top ? String(+v.toFixed(2)) : +v.toFixed(3) >= 100 ? count(v) : String(+v.toFixed(3)))) },
      ],
      series: [{}, ...seen.map((series) => ({
        label: series.name, stroke: series.colour, width: chart.stacked ? 0.5 : 1.5,
        fill: chart.stacked ? series.colour : undefined, points: { show: false },
        paths: chart.stacked || chart.top ? undefined : uPlot.paths.stepped!({ align: -1 }),
      }) as uPlot.Series)],
      hooks: { draw: [(plot) => this.drawMoment(plot, theme)] },
    };
    const data = [x, ...values] as uPlot.AlignedData;
    const plot = new uPlot(options, data, box);
    this.brush(plot);
    this.plots.push(plot);
  }

  private legend(chart: Chart): HTMLElement {
    return h('div', { class: 'legend' }, ...chart.series.map((series) => h('button', {
      type: 'button', class: 'legend-entry', 'aria-pressed': !this.hidden.has(series.name),
      click: () => {
        if (!this.hidden.delete(series.name)) this.hidden.add(series.name);
        this.draw();
      },
    }, swatch(series.colour), series.name)));
  }

  // Press and drag: the moment follows.
  private brush(plot: uPlot): void {
    let down = false;
    const pick = (event: PointerEvent): void => {
      const left = event.clientX - plot.over.getBoundingClientRect().left;
      this.pick(plot.posToIdx(Math.max(0, Math.min(left, plot.over.clientWidth - 1))));
    };
    plot.over.addEventListener('pointerdown', (event) => {
      down = true;
      plot.over.setPointerCapture(event.pointerId);
      pick(event);
    });
    plot.over.addEventListener('pointermove', (event) => { if (down) pick(event); });
    plot.over.addEventListener('pointerup', () => { down = false; });
  }

  private drawMoment(plot: uPlot, theme: Theme): void {
    const { moment } = this.state.now;
    if (moment === null) return;
    const at = Math.round(plot.valToPos(plot.data[0]![moment]!, 'x', true));
    const { ctx } = plot;
    ctx.fillStyle = mix(kColours[theme].background, kColours[theme].unmovable, 0.9);
    ctx.fillRect(at - 1, plot.bbox.top, 2, plot.bbox.height);
  }
}

// Each on top of those before, the last drawn first.
function stack(columns: (number | null)[][]): number[][] {
  const sums: number[][] = [];
  columns.forEach((column, i) => {
    sums.push(column.map((value, at) => (value ?? 0) + (i > 0 ? sums[i - 1]![at]! : 0)));
  });
  return sums;
}
