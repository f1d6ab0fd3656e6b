// The owner flame graph: call stacks from the outside (top) in, width in pages.

import { h } from '../dom';
import type { Names } from '../data/contract';
import { count, percent, plural, size } from '../format';
import { mix, kColours, type Theme } from '../map/palette';

export interface FlameNode {
  name: string;
  pages: number;
  before: number;
  depth: number;
  parent: FlameNode | null;
  children: FlameNode[];
}

const kRow = 19;

export function flameTree(names: Names): FlameNode {
  const make = (name: string, parent: FlameNode | null): FlameNode => ({
    name, pages: 0, before: 0, depth: parent ? parent.depth + 1 : 0, parent, children: [],
  });
  const root = make('all stacks', null);
  const index = new Map<FlameNode, Map<number, FlameNode>>();
  names.stacks.forEach((frames, stack) => {
    const pages = names.stack_pages[stack] ?? 0;
    const before = names.stack_before[stack] ?? 0;
    let node = root;
    node.pages += pages;
    node.before += before;
    for (let at = frames.length - 1; at >= 0; --at) {
      const id = names.frame_function[frames[at]!]!;
      let below = index.get(node);
      if (!below) index.set(node, (below = new Map<number, FlameNode>()));
      let child = below.get(id);
      if (!child) {
        child = make(names.functions[id] ?? '?', node);
        below.set(id, child);
        node.children.push(child);
      }
      child.pages += pages;
      child.before += before;
      node = child;
    }
  });
  const sort = (node: FlameNode): void => {
    node.children.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
    node.children.forEach(sort);
  };
  sort(root);
  return root;
}

interface Box {
  node: FlameNode;
  x: number;
  width: number;
  row: number;
}

export type FlameWidth = 'now' | 'before' | 'larger';

export class Flame {
  private readonly canvas = h('canvas', {
    tabindex: 0, role: 'application', 'aria-roledescription': 'flame graph',
    'aria-label': 'Owner flame graph. Arrow keys walk through the calls, Enter zooms, Escape zooms out.',
  });
  private readonly tip = h('p', { class: 'flame-tip', 'aria-live': 'polite' });
  private boxes: Box[] = [];
  private zoom: FlameNode;
  private at: FlameNode;
  private query = '';
  private theme: Theme = 'light';
  private width: FlameWidth = 'now';
  private colours = new Map<string, string>();

  constructor(
    private readonly root: HTMLElement,
    private readonly tree: FlameNode,
    private readonly compares: boolean,
    private readonly pageSize: number,
    private readonly picked: (name: string) => void,
  ) {
    this.zoom = tree;
    this.at = tree;
    root.append(this.canvas, this.tip);
    this.listen();
    new ResizeObserver(() => this.layout()).observe(root);
  }

  set(theme: Theme, query: string): void {
    if (theme !== this.theme) this.colours.clear();
    this.theme = theme;
    this.query = query.toLowerCase();
    this.layout();
  }

  setWidth(width: FlameWidth): void {
    this.width = width;
    this.layout();
  }

  private matches(node: FlameNode): boolean {
    return this.query !== '' && node.parent !== null && node.name.toLowerCase().includes(this.query);
  }

  private weight(node: FlameNode): number {
    if (this.width === 'before') return node.before;
    if (this.width === 'now') return node.pages;
    // A call is as wide as all that it calls.
    return node.children.length === 0
      ? Math.max(node.pages, node.before)
      : Math.max(node.pages, node.before, node.children.reduce((sum, child) => sum + this.weight(child), 0));
  }

  private layout(): void {
    const width = this.root.clientWidth;
    this.boxes = [];
    let deepest = 0;
    const above: FlameNode[] = [];
    for (let node = this.zoom.parent; node; node = node.parent) above.unshift(node);
    above.forEach((node, row) => this.boxes.push({ node, x: 0, width, row }));
    const place = (node: FlameNode, x: number, wide: number, row: number): void => {
      this.boxes.push({ node, x, width: wide, row });
      deepest = Math.max(deepest, row);
      const all = this.weight(node);
      let at = x;
      for (const child of node.children) {
        const part = all === 0 ? 0 : (wide * this.weight(child)) / all;
        if (part >= 0.7) place(child, at, part, row + 1);
        at += part;
      }
    };
    place(this.zoom, 0, width, above.length);
    const ratio = window.devicePixelRatio || 1;
    const height = (deepest + 1) * kRow + 1;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.canvas.style.height = `${height}px`;
    this.paint(ratio);
  }

  private paint(ratio: number): void {
    const context = this.canvas.getContext('2d')!;
    const style = getComputedStyle(this.root);
    const ink = style.getPropertyValue('--ink').trim();
    const onBar = this.theme === 'light' ? '#22201c' : '#f2f0ec';
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context.font = '12px system-ui, sans-serif';
    context.textBaseline = 'middle';
    for (const { node, x, width, row } of this.boxes) {
      context.fillStyle = this.colour(node);
      const y = row * kRow;
      context.fillRect(x, y, Math.max(0.7, width - (width > 3 ? 1 : 0)), kRow - 1);
      if (node === this.at && document.activeElement === this.canvas) {
        context.strokeStyle = ink;
        context.lineWidth = 2;
        context.strokeRect(x + 1, y + 1, Math.max(1, width - 3), kRow - 3);
      }
      if (width < 28) continue;
      context.fillStyle = onBar;
      context.fillText(fitText(context, node.name, width - 10), x + 5, y + kRow / 2);
    }
  }

  private colour(node: FlameNode): string {
    const { background, free, other } = kColours[this.theme];
    const isLight = this.theme === 'light';
    if (this.query && !this.matches(node)) return isLight ? '#e9e7e3' : '#303136';
    if (this.compares) {
      const more = isLight ? '#e8853b' : '#b85f1c';
      const less = isLight ? '#5f9fd0' : '#2f6c9f';
      const all = Math.max(node.pages, node.before);
      const change = all === 0 ? 0 : (node.pages - node.before) / all;
      const grey = isLight ? '#dedcd8' : '#3c3d42';
      return mix(grey, change > 0 ? more : less, Math.min(1, Math.abs(change)) ** 0.6);
    }
    if (!node.parent) return mix(free, other, 0.25);
    let colour = this.colours.get(node.name);
    if (!colour) {
      // Modules stand out from the kernel itself; within each, shades by name.
      let hash = 0;
      for (let i = 0; i < node.name.length; ++i) hash = (hash * 31 + node.name.charCodeAt(i)) & 0xffff;
      const shade = (hash % 97) / 97;
      const module = node.name.includes('[');
      const [from, to] = module
        ? (isLight ? ['#d98598', '#e3a3a0'] : ['#7a3444', '#8c4a4a'])
        : (isLight ? ['#e3c88a', '#f1e4c8'] : ['#4a3f28', '#63563c']);
      colour = mix(mix(from!, to!, shade), background, 0.04);
      this.colours.set(node.name, colour);
    }
    return colour;
  }

  private describe(node: FlameNode): string {
    const own = node.children.reduce((sum, child) => sum - child.pages, node.pages);
    let text = `${node.name}: ${plural(node.pages, 'page')} (${size(node.pages * this.pageSize)}, ${percent(node.pages, this.tree.pages)})`;
    if (own > 0 && node.children.length > 0) text += `, ${count(own)} by itself`;
    if (this.compares) {
      const change = node.pages - node.before;
      text += change === 0 ? ', as before'
        : `, ${change > 0 ? '+' : '−'}${count(Math.abs(change))} pages (${count(node.before)} before)`;
    }
    return text;
  }

  private go(node: FlameNode | null | undefined): void {
    if (!node) return;
    this.at = node;
    this.tip.textContent = this.describe(node);
    this.paint(window.devicePixelRatio || 1);
  }

  private zoomTo(node: FlameNode): void {
    this.zoom = node;
    this.at = node;
    this.layout();
    this.go(node);
  }

  private sibling(step: number): FlameNode | null {
    const siblings = this.at.parent?.children ?? [];
    const seen = siblings.filter((node) => this.boxes.some((box) => box.node === node));
    return seen[seen.indexOf(this.at) + step] ?? null;
  }

  private boxAt(event: MouseEvent): Box | undefined {
    const box = this.canvas.getBoundingClientRect();
    const x = event.clientX - box.left;
    const row = Math.floor((event.clientY - box.top) / kRow);
    return this.boxes.find((b) => b.row === row && x >= b.x && x < b.x + b.width);
  }

  private listen(): void {
    this.canvas.addEventListener('pointermove', (event) => {
      const box = this.boxAt(event);
      this.canvas.style.cursor = box ? 'pointer' : 'default';
      if (box) this.tip.textContent = this.describe(box.node);
    });
    this.canvas.addEventListener('click', (event) => {
      const box = this.boxAt(event);
      if (box) this.zoomTo(box.node);
    });
    this.canvas.addEventListener('dblclick', (event) => {
      const box = this.boxAt(event);
      if (box?.node.parent) this.picked(box.node.name);
    });
    this.canvas.addEventListener('focus', () => this.go(this.at));
    this.canvas.addEventListener('blur', () => this.paint(window.devicePixelRatio || 1));
    this.canvas.addEventListener('keydown', (event) => {
      const widest = [...this.at.children].sort((a, b) => this.weight(b) - this.weight(a))[0];
      switch (event.key) {
        case 'ArrowDown': this.go(widest); break;
        case 'ArrowUp': this.go(this.at.parent); break;
        case 'ArrowLeft': this.go(this.sibling(-1)); break;
        case 'ArrowRight': this.go(this.sibling(1)); break;
        case 'Enter': this.zoomTo(this.at); break;
        case 'Escape': this.zoomTo(this.tree); break;
        default: return;
      }
      event.preventDefault();
      event.stopPropagation();
    });
  }
}

function fitText(context: CanvasRenderingContext2D, text: string, width: number): string {
  if (context.measureText(text).width <= width) return text;
  const fits = Math.floor(text.length * (width / context.measureText(text).width)) - 1;
  return fits < 2 ? '' : `${text.slice(0, fits)}…`;
}
