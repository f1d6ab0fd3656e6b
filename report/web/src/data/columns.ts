// Columns of numbers: how many columns, then for each how many values and the
// values, all as LEB128 varints.

export type Column = Uint32Array | Float64Array;

export function readColumns(bytes: Uint8Array): Float64Array[] {
  let at = 0;
  const next = (): number => {
    let byte = bytes[at++]!;
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    let scale = 0x80;
    do {
      if (at >= bytes.length) throw new Error('a column is cut off');
      byte = bytes[at++]!;
      value += (byte & 0x7f) * scale;
      scale *= 0x80;
    } while (byte >= 0x80);
    return value;
  };
  const columns: Float64Array[] = [];
  const count = next();
  for (let column = 0; column < count; ++column) {
    const values = new Float64Array(next());
    for (let i = 0; i < values.length; ++i) values[i] = next();
    columns.push(values);
  }
  if (at !== bytes.length) throw new Error('columns end early');
  return columns;
}

// 0, -1, 1, -2, ... as 0, 1, 2, 3, ...
export function unzigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}
