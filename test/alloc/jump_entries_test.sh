#!/bin/sh
# jump_entries_test.sh <build> <object>...
# Objects with a jump table: none of the builds without static keys, some of
# the other. The objects come as one word, separated by semicolons, or as many.
build=$1
shift
command -v readelf >/dev/null || exit 77
found=0
for object in $(printf '%s\n' "$@" | tr ';' '\n'); do
  [ -f "$object" ] || { echo "no such object: $object"; exit 1; }
  if readelf -S --wide "$object" | grep -q pagelab_jump_table; then
    found=$((found + 1))
    echo "has a jump table: $object"
  fi
done
case $build in
  static_key) [ "$found" -gt 0 ] || [ "$(uname -m)" != x86_64 ] ;;
  *) [ "$found" -eq 0 ] ;;
esac
