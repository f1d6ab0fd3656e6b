#!/usr/bin/env bash
# Looks at the machine code of a build: what the allocator's hooks leave of
# themselves in the hot path while nobody watches, and what is not to be there at
# all. The functions of the hot path are in bench/hot_functions.txt.
#
#   - All builds: each entry of pagelab_jump_table points at a 5-byte no-op;
#     tracepoints are behind static keys in all of them.
#   - Static keys: AllocPages and FreePages hold one no-op for the allocation
#     hooks; no code loads their key; and the two have not one comparison or
#     conditional jump more than where hooks are absent.
#   - Hooks absent: neither code nor table knows their key.
#   - Branches: both load it, and it has no entry in the table. A check that does
#     not see these sees nothing.
#   - No hot function divides, locks or calls for heap memory, and AllocPages and
#     FreePages call and jump to no address that is not in the code. Cold
#     sections do not count.
#
# usage: tools/check_hooks.sh [build directory]
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
export LC_ALL=C

readonly build=${1:-build}
readonly front_doors=(AllocPages FreePages)
failures=0

fail() {
  printf 'check_hooks: %s\n' "$*"
  failures=1
}

objects() { printf '%s\n' "$build/alloc/CMakeFiles/pagelab_alloc_hooks_$1.dir"/*.o; }

# disassemble <hooks>: what objdump says of the build's objects, names demangled.
disassemble() {
  local -a files
  mapfile -t files < <(objects "$1")
  objdump -d -r -w -C "${files[@]}"
}

# facts <hooks>: "function what count" for each hot function, and "* keys count"
# for all code.
facts() {
  disassemble "$1" | awk -v list=bench/hot_functions.txt '
    BEGIN {
      while ((getline line < list) > 0) if (line !~ /^#|^$/) hot[line] = 1
      total_keys = 0
    }
    /^Disassembly of section / { section = $4; name = ""; next }
    /^[0-9a-f]+ <.*>:$/ {
      name = $0
      sub(/^[0-9a-f]+ </, "", name)
      gsub(/\(anonymous namespace\)::/, "", name)
      sub(/\(.*/, "", name)
      sub(/.*[: ]/, "", name)
      if (section != ".text:" || !(name in hot)) name = ""
      else count[name, "seen"] = 1
      next
    }
    # -w puts the relocation behind the instruction: address, bytes, text,
    # relocation, symbol, each after a tab.
    /^ *[0-9a-f]+:\t/ {
      columns = split($0, column, "\t")
      symbol = columns > 4 ? column[5] : ""
      if (symbol ~ /allocation_hooks_key([-+]|$)/) {
        ++total_keys
        if (name != "") ++count[name, "keys"]
      }
      if (name == "") next
      text = column[3]
      sub(/^(bnd|notrack|data16|cs|rex[.A-Z]*) /, "", text)
      split(text, word, " ")
      if (symbol ~ /^(operator new|malloc|calloc|realloc)/) ++count[name, "heap"]
      if (word[1] ~ /^j/ && word[1] != "jmp") ++count[name, "jumps"]
      if (word[1] ~ /^(cmp|test)/) ++count[name, "comparisons"]
      if (word[1] ~ /^i?div[bwlq]?$/) ++count[name, "div"]
      if (word[1] == "lock") ++count[name, "lock"]
      if (word[1] ~ /^(call|jmp)/ && text ~ / \*/) ++count[name, "indirect"]
    }
    END {
      for (key in count) {
        split(key, part, SUBSEP)
        print part[1], part[2], count[key]
      }
      print "* keys", total_keys
    }'
}

# table <hooks>: one line for each entry of the jump table: "object function key
# bytes", the bytes of the instruction that it points at, or "none".
table() {
  local object
  while read -r object; do
    {
      objdump -d -w -C "$object"
      objdump -r -C -j pagelab_jump_table "$object" 2>/dev/null || true
    } | awk -v object="${object##*/}" '
      /^Disassembly of section / { section = substr($4, 1, length($4) - 1); next }
      /^[0-9a-f]+ <.*>:$/ {
        name = $0
        sub(/^[0-9a-f]+ </, "", name)
        gsub(/\(anonymous namespace\)::/, "", name)
        gsub(/ \[clone [^]]*\]/, "", name)
        sub(/\(.*/, "", name)
        sub(/.*[: ]/, "", name)
        next
      }
      /^RELOCATION RECORDS FOR/ { in_table = ($0 ~ /\[pagelab_jump_table\]/); next }
      !in_table && /^ *[0-9a-f]+:\t/ {
        split($0, column, "\t")
        address = column[1]
        gsub(/[ :]/, "", address)
        gsub(/ /, "", column[2])
        bytes[section, address] = column[2]
        holder[section, address] = name
        next
      }
      # An entry is 16 bytes: code, target, key.
      in_table && $2 ~ /^R_X86_64_/ {
        field = substr($1, length($1))
        if (field == "0") {
          plus = index($3, "+0x")
          place = plus ? substr($3, 1, plus - 1) : $3
          offset = plus ? substr($3, plus + 3) : "0"
          sub(/^0+/, "", offset)
          if (offset == "") offset = "0"
        } else if (field == "8") {
          key = $3
          sub(/.*:/, "", key)
          found = (place, offset) in bytes
          print object, found ? holder[place, offset] : "?", key,
                found ? bytes[place, offset] : "none"
        }
      }'
  done < <(objects "$1")
}

# value <facts> <function> <what>
value() {
  awk -v name="$2" -v what="$3" '$1 == name && $2 == what { n = $3 } END { print n + 0 }' <<<"$1"
}

# hook_entries <entries>: those of the allocation hooks.
hook_entries() { awk '$3 == "allocation_hooks_key"' <<<"$1"; }

# check_no_ops <hooks> <entries>
check_no_ops() {
  local object function key bytes
  [ -n "$2" ] || fail "hooks $1: no entry in pagelab_jump_table"
  while read -r object function key bytes; do
    if [ "$bytes" != 0f1f440000 ]; then
      fail "hooks $1: $object: $function: the test of $key is $bytes, not the 5-byte no-op 0f1f440000"
    fi
  done <<<"$2"
}

# check_doors <entries with static keys>
check_doors() {
  local door
  for door in "${front_doors[@]}"; do
    local count
    count=$(hook_entries "$1" | awk -v name="$door" '$2 == name { ++n } END { print n + 0 }')
    if [ "$count" -ne 1 ]; then
      fail "static keys: $door has $count no-ops for the allocation hooks, not 1"
    fi
  done
}

# check_same <facts with static keys> <facts with hooks absent>
check_same() {
  local door what with without
  for door in "${front_doors[@]}"; do
    for what in jumps comparisons; do
      with=$(value "$1" "$door" "$what")
      without=$(value "$2" "$door" "$what")
      if [ "$with" -gt "$without" ]; then
        fail "static keys: $door has $with $what, $without where hooks are absent"
      fi
    done
  done
}

# check_forbidden <hooks> <facts>
check_forbidden() {
  local function what count
  while read -r function what count; do
    case $what in
      div | lock | heap) fail "hooks $1: $function has $count of: $what" ;;
      indirect)
        case $function in
          AllocPages | FreePages) fail "hooks $1: $function has $count indirect calls or jumps" ;;
        esac
        ;;
    esac
  done <<<"$2"
}

if [ "$(uname -m)" != x86_64 ]; then
  echo 'check_hooks: for x86-64 only'
  exit 0
fi

absent=$(facts absent)
branch=$(facts branch)
static_key=$(facts static_key)
absent_entries=$(table absent)
branch_entries=$(table branch)
entries=$(table static_key)

for door in "${front_doors[@]}"; do
  for build_facts in "$absent" "$branch" "$static_key"; do
    [ "$(value "$build_facts" "$door" seen)" -eq 1 ] || fail "$door is not in $build"
  done
  [ "$(value "$branch" "$door" keys)" -gt 0 ] || fail "branches: $door loads no key"
done
[ -z "$(hook_entries "$absent_entries")" ] || fail 'hooks absent: the jump table knows their key'
[ -z "$(hook_entries "$branch_entries")" ] || fail 'branches: the jump table knows the key of the hooks'
[ "$(value "$absent" '*' keys)" -eq 0 ] || fail 'hooks absent: code that knows their key'
[ "$(value "$static_key" '*' keys)" -eq 0 ] || fail 'static keys: code that loads the key of the hooks'
check_no_ops absent "$absent_entries"
check_no_ops branch "$branch_entries"
check_no_ops static_key "$entries"
check_doors "$entries"
check_same "$static_key" "$absent"
check_forbidden absent "$absent"
check_forbidden branch "$branch"
check_forbidden static_key "$static_key"

if [ "$failures" -eq 0 ]; then
  printf 'check_hooks: %d tests of static keys, %d of the allocation hooks, each a 5-byte no-op\n' \
    "$(grep -c . <<<"$entries")" "$(hook_entries "$entries" | grep -c .)"
fi
exit "$failures"
