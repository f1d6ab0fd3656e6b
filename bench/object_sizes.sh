#!/bin/sh
# object_sizes.sh <output> <name> <hot functions or -> <object>...
#
# Writes the initializer of one ObjectSizes (object_sizes.h): the sums of what
# size(1) prints for the objects, and, with a list of hot functions, the bytes of
# those in .text: without their cold parts, which compilers put elsewhere. SIZE and
# OBJDUMP name the tools.
set -eu
LC_ALL=C
export LC_ALL

output=$1
name=$2
hot_functions=$3
shift 3

# Text, data and bss.
figures=$("${SIZE:-size}" "$@" |
  awk 'NR > 1 { text += $1; data += $2; bss += $3 }
       END { printf "%d, %d, %d", text, data, bss }')

# The tables of static keys, which are part of data.
jump_table=$("${SIZE:-size}" -A "$@" |
  awk '$1 == "pagelab_jump_table" { sum += $2 } END { printf "%d", sum }')

hot='std::nullopt, ""'
if [ "$hot_functions" != - ]; then
  # "address flags F .text<tab>size name(arguments)", sizes in hex.
  hot=$("${OBJDUMP:-objdump}" -t -C "$@" | awk -v list="$hot_functions" '
    function hex(digits,   value, i) {
      for (i = 1; i <= length(digits); ++i) {
        value = value * 16 + index("0123456789abcdef", substr(digits, i, 1)) - 1
      }
      return value
    }
    BEGIN {
      while ((getline line < list) > 0) if (line !~ /^#|^$/) wanted[line] = 1
    }
    {
      tab = index($0, "\t")
      if (tab == 0 || substr($0, 1, tab - 1) !~ / F \.text$/) next
      split(substr($0, tab + 1), size, " ")
      function_name = substr($0, tab + 1)
      gsub(/\(anonymous namespace\)::/, "", function_name)
      sub(/\(.*/, "", function_name)
      sub(/.*[: ]/, "", function_name)
      if (!(function_name in wanted)) next
      if (!(function_name in found)) names = names " " function_name
      found[function_name] = 1
      sum += hex(size[1])
    }
    END {
      if (!("AllocPages" in found) || !("FreePages" in found)) exit 1
      printf "%d, \"%s\"", sum, substr(names, 2)
    }') || {
    echo "object_sizes.sh: no AllocPages or FreePages in: $*" >&2
    exit 1
  }
fi

printf '{"%s", %s, %s, %s},\n' "$name" "$figures" "$jump_table" "$hot" >"$output.tmp"
mv "$output.tmp" "$output"
