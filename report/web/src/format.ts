// Numbers as people read them; the same everywhere, whatever the browser's
// language is.

const kUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

export function count(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 0 });
}

export function size(bytes: number): string {
  let unit = 0;
  let value = Math.abs(bytes);
  while (value >= 1024 && unit < kUnits.length - 1) {
    value /= 1024;
    ++unit;
  }
  const text = value.toFixed(unit === 0 ? 0 : 1).replace(/\.0$/, '');
  return `${bytes < 0 ? '−' : ''}${text} ${kUnits[unit]}`;
}

// A place in memory: exact, where size() rounds.
export function address(bytes: number): string {
  const gib = bytes / 2 ** 30;
  if (gib >= 1) return `${+gib.toFixed(3)} GiB`;
  const mib = bytes / 2 ** 20;
  return Number.isInteger(mib * 8) ? `${mib} MiB` : `${bytes / 1024} KiB`;
}

export function percent(part: number, whole: number): string {
  if (whole === 0) return '0 %';
  const share = (100 * part) / whole;
  if (share > 0 && share < 0.1) return '< 0.1 %';
  return `${share.toFixed(share < 9.95 ? 1 : 0).replace(/\.0$/, '')} %`;
}

export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

export function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

export function duration(ns: number): string {
  const seconds = ns / 1e9;
  if (seconds < 1e-6) return `${ns.toFixed(0)} ns`;
  if (seconds < 1e-3) return `${(ns / 1e3).toFixed(1)} µs`;
  if (seconds < 1) return `${(ns / 1e6).toFixed(1)} ms`;
  if (seconds < 120) return `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;
  if (seconds < 7200) return `${(seconds / 60).toFixed(0)} min`;
  if (seconds < 172800) return `${(seconds / 3600).toFixed(1)} h`;
  return `${(seconds / 86400).toFixed(1)} days`;
}

export function moment(ns: number): string {
  return `${(ns / 1e9).toFixed(6)} s`;
}
