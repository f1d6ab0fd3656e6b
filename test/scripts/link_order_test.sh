#!/usr/bin/env bash
# libgcc_s must come before libunwind: both define the entry points of C++
# exceptions, and libunwind's are many times slower.
# usage: link_order_test.sh <program>
set -euo pipefail

needed=$(readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
first=$(printf '%s\n' "$needed" | grep -E -m1 '^lib(gcc_s|unwind)\.so' || true)
case $first in
  libgcc_s.so*) ;;
  *)
    printf 'FAILED: libgcc_s does not come first:\n%s\n' "$needed"
    exit 1
    ;;
esac
grep -q '^libunwind\.so' <<<"$needed" || {
  printf 'FAILED: libunwind is not linked:\n%s\n' "$needed"
  exit 1
}
