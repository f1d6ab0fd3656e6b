// The pageblocks at each moment of a run, kept as what changed since the
// moment before; every 16th is kept whole once it was asked for.

const kKeyframe = 16;

export interface BlocksAt {
  free: Uint32Array;
  // Index in Meta.types plus 1; 0: not known.
  type: Uint8Array;
}

export class Moments {
  readonly count: number;
  private readonly start: Float64Array;
  private last: { moment: number; blocks: BlocksAt } | null = null;
  private readonly keyframes = new Map<number, BlocksAt>();

  // `columns`: changes per moment; then for each change the cell, counted from
  // the one before, the free pages and the type plus 1.
  constructor(
    private readonly columns: Float64Array[],
    private readonly cells: number,
  ) {
    const changes = columns[0]!;
    this.count = changes.length;
    this.start = new Float64Array(this.count + 1);
    for (let i = 0; i < this.count; ++i) this.start[i + 1] = this.start[i]! + changes[i]!;
  }

  // Good until the call for another moment.
  at(moment: number): BlocksAt {
    if (this.last?.moment !== moment) this.last = { moment, blocks: this.compute(moment) };
    return this.last.blocks;
  }

  private compute(moment: number): BlocksAt {
    let from = moment - (moment % kKeyframe);
    while (from > 0 && !this.keyframes.has(from)) from -= kKeyframe;
    const known = this.keyframes.get(from);
    const blocks: BlocksAt = known
      ? { free: known.free.slice(), type: known.type.slice() }
      : { free: new Uint32Array(this.cells), type: new Uint8Array(this.cells) };
    for (let m = known ? from + 1 : 0; m <= moment; ++m) {
      this.apply(m, blocks);
      if (m > 0 && m % kKeyframe === 0 && m !== moment) this.keep(m, blocks);
    }
    return blocks;
  }

  private keep(moment: number, blocks: BlocksAt): void {
    this.keyframes.set(moment, { free: blocks.free.slice(), type: blocks.type.slice() });
  }

  private apply(moment: number, blocks: BlocksAt): void {
    const [, gap, free, type] = this.columns as [
      Float64Array, Float64Array, Float64Array, Float64Array,
    ];
    let cell = 0;
    for (let i = this.start[moment]!; i < this.start[moment + 1]!; ++i) {
      cell += gap[i]!;
      blocks.free[cell] = free[i]!;
      blocks.type[cell] = type[i]!;
      ++cell;
    }
  }
}
