// What the program puts into a page. README.md of this folder tells the same
// in words; report/page/ is the writer.

export interface Zone {
  name: string;
  managed: number;
  free: number;
  // Watermarks, in pages; absent where nobody knows them.
  min?: number;
  low?: number;
  high?: number;
}

// `count` pageblocks from number `first` on, all of one zone (-1: not known).
export interface BlockRange {
  first: number;
  count: number;
  zone: number;
}

export interface Owner {
  name: string;
  // One of page_owner's own stacks: nobody that could give pages back.
  special: boolean;
  pages: number;
  unmovable: number;
  records: number;
  in_blocks: number;
  // Pageblocks that would be free without it; the same once everything that
  // can be migrated has moved elsewhere.
  blocks: number;
  compacted_blocks: number;
}

export interface MixedBlock {
  cell: number;
  type: string;
  movable: number;
  unmovable: number;
  free: number;
  owners: { name: string; pages: number; unmovable: number }[];
}

export interface CostRow {
  what: string;
  bytes: number;
  note: string;
}

export interface Meta {
  version: number;
  program: string;
  title: string;
  answer: string;
  machine: string;
  commands: string[];
  missing: string[];
  notes: string[];
  page_size: number;
  pageblock_order: number;
  chunk_order: number;
  zones: Zone[];
  ranges: BlockRange[];
  types: string[];
  knows: {
    free_lists: boolean;
    owners: boolean;
    // Of records, which page frames they are of.
    frames: boolean;
    // Of records, when they were made.
    ages: boolean;
    time: boolean;
    events: boolean;
    before: boolean;
  };
  before_name: string;
  // In pages.
  totals: {
    pages: number;
    free: number;
    pcp: number;
    movable: number;
    unmovable: number;
    untracked: number;
    // Of all owners, whether their frames are on the map or not.
    recorded: number;
    records: number;
  };
  // Pageblocks by what keeps them, see BlockState.
  block_states: number[];
  // The newest timestamp of all records; ages count from it.
  now_ns: number;
  owners: Owner[];
  mixed: MixedBlock[];
  cost: CostRow[];
}

export interface Names {
  // "nicdrv_poll [nicdrv]".
  functions: string[];
  // As the dump has them, "nicdrv_poll+0x1a/0x90 [nicdrv]", and the function.
  frames: string[];
  frame_function: number[];
  // Frames innermost first.
  stacks: number[][];
  stack_owner: number[];
  stack_pages: number[];
  // Of the dump that this one is compared with.
  stack_before: number[];
  classes: RecordClass[];
  tasks: [pid: number, tgid: number, comm: string][];
}

// What many records have in common.
export interface RecordClass {
  gfp: string;
  type: string;
  movable: boolean;
  flags: string;
  reason: string;
  memcg: string;
}

export interface TimeData {
  // Per moment.
  event: number[];
  ns: number[];
  // Of `free_by_order[order][moment]`: blocks.
  free_by_order: number[][];
  series: TimeSeries[];
}

export interface TimeSeries {
  name: string;
  // An index from 0 to 1, or what happened since the moment before.
  group: 'index' | 'steal' | 'compaction' | 'reclaim' | 'failure' | 'traffic';
  values: (number | null)[];
}

export const enum RunKind {
  kAllocated = 0,
  kFree = 1,
  kPcp = 2,
  // An allocation that began in an earlier chunk.
  kContinued = 3,
}

// What keeps a pageblock from being free, as a whole.
export const enum BlockState {
  kFree = 0,
  kOnPcp = 1,
  kOneBlock = 2,
  kMovable = 3,
  kUnmovable = 4,
  kUntracked = 5,
  kUnknown = 6,
}

export const kBlockStateNames = [
  'free',
  'free once the per-cpu lists are drained',
  'one huge block already',
  'in use, all of it can move',
  'kept by unmovable pages',
  'has pages nobody recorded',
  'not known',
];

export const kEventNames = [
  'mm_page_alloc',
  'mm_page_free',
  'mm_page_free_batched',
  'mm_page_alloc_zone_locked',
  'mm_page_pcpu_drain',
  'mm_page_alloc_extfrag',
];
