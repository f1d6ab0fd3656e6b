// The memory map: panned and zoomed with mouse, wheel, touch and keys.

import { h } from '../dom';
import type { Report } from '../data/report';
import { address } from '../format';
import type { State } from '../state';
import { FrameColours } from './frame_colours';
import { Layout, type Place } from './layout';
import { Painting } from './modes';
import { Painter, seesFrames, type Viewport } from './painter';
import { kColours } from './palette';

const kGutter = 76;
const kMargin = 6;
// Pixels per frame, at most.
const kMaxScale = 48;
const kSlowFrame = 11;

export interface MapEvents {
  hover(place: Place | null, x: number, y: number): void;
  select(place: Place): void;
}

export class MapView {
  private layout!: Layout;
  private painter!: Painter;
  private colours!: FrameColours;
  private image: ImageData | null = null;
  private readonly canvas = h('canvas', { class: 'map-pixels', 'aria-hidden': 'true' });
  private readonly overlay = h('canvas', { class: 'map-overlay', 'aria-hidden': 'true' });
  private readonly context = this.canvas.getContext('2d', { willReadFrequently: true })!;
  private view: Viewport = { x: 0, y: 0, scale: 1 };
  private fitScale = 1;
  private width = 0;
  private height = 0;
  private hovered: Place | null = null;
  private scheduled = false;
  private coarse = false;
  private settle = 0;
  private generation = 0;

  constructor(
    private readonly root: HTMLElement,
    private readonly report: Report,
    private readonly state: State,
    private readonly events: MapEvents,
  ) {
    root.append(this.canvas, this.overlay);
    this.listen();
    new ResizeObserver(() => this.resize()).observe(root.parentElement ?? root);
    window.addEventListener('resize', () => this.resize());
    this.resize();
    state.on((_, changed) => {
      if (['mode', 'theme', 'filter', 'moment'].some((key) => changed.has(key as never))) this.recolour();
      else this.schedule();
    });
  }

  // The report's moments are there.
  momentsLoaded(): void {
    this.recolour();
  }

  // Shows the whole map.
  fit(): void {
    this.view = {
      scale: this.fitScale,
      x: -(this.width - this.layout.width * this.fitScale) / 2 / this.fitScale,
      y: 0,
    };
    if (this.layout.width * this.fitScale < this.width) this.view.x = 0;
    this.schedule();
  }

  zoomBy(factor: number, at?: { x: number; y: number }): void {
    const x = at?.x ?? this.width / 2;
    const y = at?.y ?? this.height / 2;
    const scale = Math.min(kMaxScale * this.ratio, Math.max(this.fitScale, this.view.scale * factor));
    this.view = {
      x: this.view.x + x / this.view.scale - x / scale,
      y: this.view.y + y / this.view.scale - y / scale,
      scale,
    };
    this.move();
  }

  // Zooms where the selection is, if there is one.
  zoomAtSelection(factor: number): void {
    const place = this.selected();
    if (!place) return this.zoomBy(factor);
    const corner = this.layout.corner(place);
    this.zoomBy(factor, {
      x: (corner.x - this.view.x) * this.view.scale,
      y: (corner.y - this.view.y) * this.view.scale,
    });
    return this.reveal(place);
  }

  // Scrolls so far that the place is seen; zooms until its frames are, if
  // `frames`.
  reveal(place: Place, frames = false): void {
    if (frames && this.view.scale < 8 * this.ratio) this.view.scale = 8 * this.ratio;
    const corner = this.layout.corner(place);
    const { scale } = this.view;
    const across = this.width / scale;
    const down = this.height / scale;
    const margin = Math.min(across, down) * 0.1;
    const wide = this.framesAreLarge ? 1 : this.layout.columns;
    const high = this.framesAreLarge ? 1 : this.layout.rows;
    if (corner.x < this.view.x + margin) this.view.x = corner.x - margin;
    if (corner.x + wide > this.view.x + across - margin) this.view.x = corner.x + wide - across + margin;
    if (corner.y < this.view.y + margin) this.view.y = corner.y - margin;
    if (corner.y + high > this.view.y + down - margin) this.view.y = corner.y + high - down + margin;
    this.move();
  }

  // What the arrow keys move by: single frames once they are large enough.
  get framesAreLarge(): boolean {
    return this.view.scale >= 5 * this.ratio;
  }

  neighbour(place: Place, dx: number, dy: number): Place | null {
    const corner = this.layout.corner(place);
    if (this.framesAreLarge) {
      return this.layout.at(corner.x + dx + 0.01, corner.y + dy + 0.01) ??
        this.layout.at(corner.x + dx + 0.01, corner.y + dy * (this.layout.rows * 0.35 + 1.01));
    }
    const band = this.layout.bandOf(place.cell);
    const column = place.cell - this.layout.bands[band]!.first;
    if (dx !== 0) {
      const cell = place.cell + dx;
      return cell < 0 || cell >= this.report.cells ? null : { cell, frame: 0 };
    }
    const next = this.layout.bands[band + dy];
    return next ? { cell: next.first + Math.min(column, next.count - 1), frame: 0 } : null;
  }

  get seesFrames(): boolean {
    return seesFrames(this.layout, this.view.scale) && this.state.now.moment === null;
  }

  // For the tests: the picture is not what it will be.
  get busy(): boolean {
    return this.scheduled || this.colours.busy;
  }

  panBy(x: number, y: number): void {
    this.view.x += x / this.view.scale;
    this.view.y += y / this.view.scale;
    this.move();
  }

  private get ratio(): number {
    return Math.min(window.devicePixelRatio || 1, 2);
  }

  private resize(): void {
    // A small map takes no more room than it needs.
    this.root.style.height = '';
    const box = this.root.getBoundingClientRect();
    const width = Math.max(50, Math.round((box.width - kGutter) * this.ratio));
    const room = Math.max(50, Math.round((box.height - kMargin) * this.ratio));
    const layout = new Layout(this.report, width / room);
    const height = Math.min(room, Math.ceil((layout.height * width) / layout.width));
    this.root.style.height = `${height / this.ratio + kMargin}px`;
    if (width === this.width && height === this.height) return;
    const isWhole = this.view.scale === this.fitScale || this.width === 0;
    this.width = width;
    this.height = height;
    this.layout = layout;
    this.painter = new Painter(this.report, this.layout);
    this.fitScale = Math.min(width / this.layout.width, height / this.layout.height);
    this.overlay.width = width + kGutter * this.ratio;
    this.overlay.height = height + kMargin * this.ratio;
    this.coarse = false;
    this.image = null;
    if (isWhole || this.view.scale < this.fitScale) this.fit();
    this.recolour();
  }

  private recolour(): void {
    const { mode, theme, filter, moment } = this.state.now;
    const generation = ++this.generation;
    const painting = new Painting(this.report, mode, theme);
    this.colours = new FrameColours(this.report, painting, this.layout.columns, filter, () => {
      if (generation === this.generation) this.schedule();
    });
    const at = this.report.blocksAt(moment);
    if (at) this.colours.cells = painting.cellsAt(at);
    else if (filter) void this.colours.colourByFilter(() => generation === this.generation);
    this.schedule();
  }

  private move(): void {
    const { scale } = this.view;
    const right = Math.max(0, this.layout.width - this.width / scale);
    const bottom = Math.max(0, this.layout.height - this.height / scale);
    this.view.x = Math.min(Math.max(this.view.x, 0), right);
    this.view.y = Math.min(Math.max(this.view.y, 0), bottom);
    this.schedule();
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    requestAnimationFrame(() => {
      this.scheduled = false;
      this.paint();
    });
  }

  // At half the resolution while a picture takes too long, sharp at rest.
  private paint(): void {
    const start = performance.now();
    const step = this.coarse ? 2 : 1;
    const width = Math.ceil(this.width / step);
    const height = Math.ceil(this.height / step);
    if (!this.image || this.image.width !== width || this.image.height !== height) {
      this.image = new ImageData(width, height);
      this.canvas.width = width;
      this.canvas.height = height;
    }
    const view = { ...this.view, scale: this.view.scale / step };
    const colours = this.state.now.moment === null ? this.colours : { ...this.wholeBlocks() };
    this.painter.paint(this.image, view, colours);
    this.context.putImageData(this.image, 0, 0);
    this.paintOverlay();
    if (performance.now() - start > kSlowFrame && !this.coarse && this.ratio > 1) this.coarse = true;
    if (this.coarse) {
      window.clearTimeout(this.settle);
      this.settle = window.setTimeout(() => {
        this.coarse = false;
        this.paint();
        this.coarse = false;
      }, 160);
    }
  }

  private wholeBlocks(): import('./painter').MapColours {
    const { background, palette, cells } = this.colours;
    return { background, palette, cells, frames: () => null };
  }

  private selected(): Place | null {
    const { selection } = this.state.now;
    return selection && { cell: selection.cell, frame: selection.frame ?? 0 };
  }

  private paintOverlay(): void {
    const context = this.overlay.getContext('2d')!;
    const { ratio } = this;
    context.clearRect(0, 0, this.overlay.width, this.overlay.height);
    const style = getComputedStyle(this.root);
    const ink = style.getPropertyValue('--ink').trim();
    this.paintGutter(context, style.getPropertyValue('--muted').trim(), ink);
    context.save();
    context.beginPath();
    context.rect(kGutter * ratio - 3, 0, this.width + 6, this.height);
    context.clip();
    if (this.hovered) this.outline(context, this.hovered, ink, 1, this.framesAreLarge);
    const selected = this.state.now.selection;
    if (selected) {
      const place = { cell: selected.cell, frame: selected.frame ?? 0 };
      const ground = kColours[this.state.now.theme].background;
      const frame = selected.frame !== null && this.framesAreLarge;
      this.outline(context, place, ground, 4, frame);
      this.outline(context, place, ink, 2, frame);
    }
    context.restore();
  }

  private outline(context: CanvasRenderingContext2D, place: Place, colour: string, wide: number,
                  frame: boolean): void {
    const corner = this.layout.corner(frame ? place : { cell: place.cell, frame: 0 });
    const { scale } = this.view;
    const { ratio } = this;
    context.strokeStyle = colour;
    context.lineWidth = wide * ratio;
    context.strokeRect(
      (corner.x - this.view.x) * scale + kGutter * ratio - 0.5,
      (corner.y - this.view.y) * scale - 0.5,
      (frame ? 1 : this.layout.columns) * scale,
      (frame ? 1 : this.layout.rows) * scale);
  }

  // Addresses of the rows, and where zones begin.
  private paintGutter(context: CanvasRenderingContext2D, muted: string, ink: string): void {
    const { ratio } = this;
    context.textAlign = 'right';
    context.textBaseline = 'top';
    let below = Number.NEGATIVE_INFINITY;
    const from = Math.max(0, this.layout.bandAt(this.view.y));
    for (let at = from; at < this.layout.bands.length; ++at) {
      const band = this.layout.bands[at]!;
      const y = (band.y - this.view.y) * this.view.scale;
      if (y > this.height - 10 * ratio) break;
      if (y < below) continue;
      const top = Math.max(0, y);
      const zone = band.startsZone ? this.zoneLabel(band.zone) : '';
      if (zone) {
        context.font = `600 ${11 * ratio}px system-ui, sans-serif`;
        context.fillStyle = ink;
        context.fillText(zone, (kGutter - 10) * ratio, top);
        below = y + 17 * ratio;
        continue;
      }
      context.font = `${10.5 * ratio}px system-ui, sans-serif`;
      context.fillStyle = muted;
      const bytes = this.report.bytes(this.report.firstPfn(band.first));
      context.fillText(address(bytes), (kGutter - 10) * ratio, top);
      below = y + 22 * ratio;
    }
  }

  // "DMA32"; of several nodes "N1 DMA32".
  private zoneLabel(zone: number): string {
    const { zones } = this.report.meta;
    const parts = (name: string): string[] => /^Node (\d+), zone\s*(.*)$/.exec(name)?.slice(1) ?? ['', name];
    const one = zones[zone];
    if (!one) return '';
    const [node, name] = parts(one.name);
    return zones.some((other) => parts(other.name)[0] !== node) ? `N${node} ${name}` : name!;
  }

  private placeAt(event: MouseEvent): Place | null {
    const box = this.root.getBoundingClientRect();
    const x = (event.clientX - box.left - kGutter) * this.ratio;
    const y = (event.clientY - box.top) * this.ratio;
    return this.layout.at(this.view.x + x / this.view.scale, this.view.y + y / this.view.scale);
  }

  private listen(): void {
    let drag: { x: number; y: number; moved: boolean } | null = null;
    this.root.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      drag = { x: event.clientX, y: event.clientY, moved: false };
      this.root.setPointerCapture(event.pointerId);
    });
    this.root.addEventListener('pointermove', (event) => {
      if (drag) {
        const dx = event.clientX - drag.x;
        const dy = event.clientY - drag.y;
        if (!drag.moved && Math.hypot(dx, dy) < 4) return;
        drag = { x: event.clientX, y: event.clientY, moved: true };
        this.panBy(-dx * this.ratio, -dy * this.ratio);
        this.events.hover(null, 0, 0);
        return;
      }
      this.hover(this.placeAt(event), event);
    });
    this.root.addEventListener('pointerup', (event) => {
      const place = drag && !drag.moved ? this.placeAt(event) : null;
      drag = null;
      if (place) this.events.select(place);
    });
    this.root.addEventListener('pointercancel', () => { drag = null; });
    this.root.addEventListener('pointerleave', (event) => this.hover(null, event));
    this.root.addEventListener('dblclick', (event) => {
      const box = this.root.getBoundingClientRect();
      this.zoomBy(3, {
        x: (event.clientX - box.left - kGutter) * this.ratio,
        y: (event.clientY - box.top) * this.ratio,
      });
    });
    // The page scrolls as ever unless a zoom was asked for.
    this.root.addEventListener('wheel', (event) => {
      if (!event.ctrlKey && !event.metaKey && document.activeElement !== this.root) return;
      event.preventDefault();
      const box = this.root.getBoundingClientRect();
      this.zoomBy(Math.exp(-event.deltaY * (event.deltaMode === 1 ? 0.06 : 0.0022)), {
        x: (event.clientX - box.left - kGutter) * this.ratio,
        y: (event.clientY - box.top) * this.ratio,
      });
    }, { passive: false });
  }

  private hover(place: Place | null, event: MouseEvent): void {
    this.hovered = place;
    this.events.hover(place, event.clientX, event.clientY);
    this.schedule();
  }
}
