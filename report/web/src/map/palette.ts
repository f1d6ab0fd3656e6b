// Colours that people who see few colours can tell apart: Paul Tol's "muted"
// on a light page and "light" on a dark one; cividis for what has an order.

export type Theme = 'light' | 'dark';

export interface Colours {
  categories: string[];
  other: string;
  special: string;
  free: string;
  pcp: string;
  untracked: string;
  unknown: string;
  dimmed: string;
  background: string;
  movable: string;
  unmovable: string;
  states: string[];
}

export const kColours: Record<Theme, Colours> = {
  light: {
    categories: [
      '#cc6677', '#332288', '#ddaa33', '#117733', '#66b5dd', '#882255', '#44aa99', '#8f8f2f',
      '#aa4499',
    ],
    other: '#9a948c',
    special: '#6f7379',
    free: '#e9eeea',
    pcp: '#d3e2d8',
    untracked: '#b4b7bc',
    unknown: '#eeedeb',
    dimmed: '#e0dfdc',
    background: '#ffffff',
    movable: '#66a8d6',
    unmovable: '#b3394f',
    states: ['#dcebe1', '#c3dfcd', '#44aa99', '#7fb6dd', '#cc6677', '#b4b7bc', '#eeedeb'],
  },
  dark: {
    categories: [
      '#ee8866', '#77aadd', '#eedd88', '#44bb99', '#ffaabb', '#99ddff', '#bbcc33', '#aaaa00',
      '#c9a5e0',
    ],
    other: '#86827c',
    special: '#62666c',
    free: '#24302a',
    pcp: '#33473c',
    untracked: '#4c5057',
    unknown: '#2b2b2d',
    dimmed: '#2e2f33',
    background: '#17181b',
    movable: '#5c93bd',
    unmovable: '#f0808a',
    states: ['#24352b', '#35533f', '#44bb99', '#5c93bd', '#ee7f86', '#4c5057', '#2b2b2d'],
  },
};

const kCividis = [
  '#00224e', '#123570', '#3b496c', '#575d6d', '#707173', '#8a8678', '#a59c74', '#c3b369',
  '#e1cc55', '#fee838',
];

// 0 <= at <= 1, from little to much.
export function sequential(at: number, theme: Theme): string {
  const along = theme === 'light' ? 0.06 + 0.86 * (1 - at) : 0.25 + 0.75 * at;
  const place = along * (kCividis.length - 1);
  const low = Math.min(Math.floor(place), kCividis.length - 2);
  return mix(kCividis[low]!, kCividis[low + 1]!, place - low);
}

function channels(colour: string): [number, number, number] {
  const value = Number.parseInt(colour.slice(1), 16);
  return [value >> 16, (value >> 8) & 0xff, value & 0xff];
}

export function mix(from: string, to: string, share: number): string {
  const a = channels(from);
  const b = channels(to);
  const parts = a.map((value, i) => Math.round(value + (b[i]! - value) * share));
  return `#${parts.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
}

// As a pixel of ImageData on a little-endian machine, which all are that run
// browsers.
export function pixel(colour: string): number {
  const [red, green, blue] = channels(colour);
  return ((0xff << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

export function mixPixels(from: number, to: number, share: number): number {
  const part = (shift: number): number => {
    const a = (from >>> shift) & 0xff;
    const b = (to >>> shift) & 0xff;
    return Math.round(a + (b - a) * share) << shift;
  };
  return ((0xff << 24) | part(16) | part(8) | part(0)) >>> 0;
}
