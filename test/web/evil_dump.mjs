// A dump whose names try to be more than names.

const kStack = ' __alloc_pages+0x1a/0x300\n';

function record({ pfn, order = 0, comm, frame, type = 'Unmovable', flags = '', ts = 1000000000 }) {
  const gfp = type === 'Movable' ? '0x140dca(GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO)' : '0xcc0(GFP_KERNEL)';
  return `Page allocated via order ${order}, mask ${gfp}, pid 7, tgid 7 (${comm}), ts ${ts} ns\n` +
    `PFN 0x${pfn.toString(16)} type ${type} Block ${pfn >> 9} type Movable Flags 0x100000000000000(${flags}node=0|zone=1)\n` +
    `${kStack} ${frame}\n entry_SYSCALL_64_after_hwframe+0x76/0x7e\n\n`;
}

export const kEvilComm = '</script><img>';
export const kEvilFrame = '<img/src=x/onerror=alert(1)>+0x10/0x20 [</script>]';

// A pageblock with one page that cannot move among some that can; one of its own
// for each name that is not to be trusted.
export function evilDump() {
  let text = '';
  const first = 614 * 512;
  text += record({ pfn: first + 17, comm: kEvilComm, frame: kEvilFrame });
  for (let i = 64; i < 96; ++i) {
    text += record({ pfn: first + i, comm: 'app', frame: 'do_anonymous_page+0xf0/0x700', type: 'Movable', flags: 'lru|' });
  }
  for (let i = 0; i < 40; ++i) {
    text += record({ pfn: first + 512 + i, comm: '{{REST}}', frame: '__proto__+0x1/0x2', ts: 2e9 + i });
  }
  text += record({ pfn: first + 1024, order: 9, comm: 'huge', frame: 'do_huge_pmd_anonymous_page+0x1/0x2', type: 'Movable', flags: 'lru|' });
  return text;
}
