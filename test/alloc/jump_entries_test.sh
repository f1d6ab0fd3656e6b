#!/bin/sh
# jump_entries_test.sh <build> <object>...
# Where objects mention the key of the allocation hooks: nowhere in the build
# without hooks, in code in the one with branches, in the jump table alone in the
# one with static keys. The objects come as one word, separated by semicolons,
# or as many.
build=$1
shift
command -v readelf >/dev/null || exit 77
code=0
table=0
for object in $(printf '%s\n' "$@" | tr ';' '\n'); do
  [ -f "$object" ] || { echo "no such object: $object"; exit 1; }
  counts=$(readelf --relocs --wide "$object" | awk '
    /^Relocation section/ { in_table = /pagelab_jump_table/ }
    /allocation_hooks_key/ { if (in_table) ++table; else ++code }
    END { print code + 0, table + 0 }')
  code=$((code + ${counts% *}))
  table=$((table + ${counts#* }))
done
echo "hooks $build: the key is mentioned $code times in code, $table times in the jump table"
case $build in
  absent) [ "$code" -eq 0 ] && [ "$table" -eq 0 ] ;;
  branch) [ "$code" -gt 0 ] && [ "$table" -eq 0 ] ;;
  static_key)
    [ "$(uname -m)" != x86_64 ] || { [ "$code" -eq 0 ] && [ "$table" -gt 0 ]; }
    ;;
esac
