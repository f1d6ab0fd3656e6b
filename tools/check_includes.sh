#!/usr/bin/env bash
# Checks what each folder includes: only itself and folders to its left
#
#   base <- alloc <- stackdepot, pageext <- owner <- sim <- workloads <- report <- cli
#
# and that third-party libraries stay behind their fences.
# usage: tools/check_includes.sh [tree]
set -euo pipefail

cd "${1:-$(dirname "$0")/..}"

failures=0

# report <rule> <matches>: one line per offending line.
report() {
  local rule=$1 matches=$2
  if [ -n "$matches" ]; then
    printf '%s\n' "$matches" | sed "s|\$|    <- $rule|"
    failures=1
  fi
}

# sources <path...>: the C++ files in those of the paths that exist.
sources() {
  local path
  for path in "$@"; do
    if [ -e "$path" ]; then
      find "$path" -type f \( -name '*.h' -o -name '*.cc' \)
    fi
  done
}

# lines <pattern> <path...>: matching lines as file:line:text.
lines() {
  local pattern=$1
  shift
  sources "$@" | sort | tr '\n' '\0' | xargs -0 -r grep -HnE -e "$pattern" || true
}

allow() {
  local folder=$1 allowed=$2
  report "$folder/ may include only: ${allowed//|/, }" \
    "$(lines '#include "pagelab/' "$folder" | grep -vE "\"pagelab/($allowed)/" || true)"
  report 'write "pagelab/<folder>/<file>.h"' \
    "$(lines '#include "[^"]*"' "$folder" | grep -vE '"(pagelab|absl|fmt|boost|nlohmann|CLI)/' || true)"
}

allow base 'base'
allow alloc 'base|alloc'
allow stackdepot 'base|alloc|stackdepot'
allow pageext 'base|alloc|pageext'
allow owner 'base|alloc|stackdepot|pageext|owner'
allow sim 'base|alloc|stackdepot|pageext|owner|sim'
allow workloads 'base|alloc|stackdepot|pageext|owner|sim|workloads'
allow report 'base|alloc|stackdepot|pageext|owner|sim|workloads|report'
allow cli 'base|alloc|stackdepot|pageext|owner|sim|workloads|report|cli'
allow bench 'base|alloc|stackdepot|pageext|owner|sim|workloads|report|bench'

libraries=(base alloc stackdepot pageext owner sim workloads report)

report 'nlohmann/json belongs in .cc files of workloads/ and report/' \
  "$(lines '#include [<"]nlohmann/' "${libraries[@]}" cli | grep -vE '^(workloads|report)/[^:]*\.cc:' || true)"
report 'CLI11 belongs in cli/' "$(lines '#include [<"]CLI/' "${libraries[@]}" bench test)"
report 'Catch2 belongs in test/support/catch.h and test/main.cc' \
  "$(lines '#include [<"]catch2/' "${libraries[@]}" cli bench test |
    grep -vE '^test/(support/catch\.h|main\.cc):' || true)"
report 'Google Benchmark belongs in bench/' \
  "$(lines '#include [<"]benchmark/' "${libraries[@]}" cli test)"
report 'Boost belongs in alloc/' \
  "$(lines '#include [<"]boost/' "${libraries[@]}" cli bench | grep -v '^alloc/' || true)"
report 'libarchive belongs in two .cc of base/, one in and one out' \
  "$(lines '#include [<"]archive' "${libraries[@]}" cli bench | grep -vE '^base/(decompressor|compressed_output)\.cc:' || true)"
report 'SQLite belongs in report/export/sqlite.cc' \
  "$(lines '#include [<"]sqlite3' "${libraries[@]}" cli bench | grep -vE '^report/export/sqlite\.cc:' || true)"
report 'protozero belongs in report/export/pprof.cc' \
  "$(lines '#include [<"]protozero/' "${libraries[@]}" cli bench | grep -vE '^report/export/pprof\.cc:' || true)"
report 'ncurses belongs in cli/step_terminal.cc' \
  "$(lines '#include [<"](n?cursesw?/)?(n?curses|term)\.h' "${libraries[@]}" cli bench | grep -v '^cli/step_terminal\.cc:' || true)"
report 'zlib belongs in base/gzip_reader.cc and base/gzip_text.cc' \
  "$(lines '#include [<"]zlib' "${libraries[@]}" cli bench | grep -vE '^base/gzip_(reader|text)\.cc:' || true)"
report "libtracecmd belongs in workloads/trace/'s trace_dat_*.cc" \
  "$(lines '#include [<"](trace-cmd|tracefs|event-parse|trace-seq|kbuffer)\.h' "${libraries[@]}" cli bench |
    grep -vE '^workloads/trace/trace_dat_[a-z]*\.cc:' || true)"

unwinders=$(lines '#include [<"]libunwind' "${libraries[@]}" cli bench)
report 'libunwind belongs in a .cc of stackdepot/' \
  "$(printf '%s' "$unwinders" | grep -vE '^stackdepot/[^:]*\.cc:' || true)"
if [ "$(printf '%s' "$unwinders" | cut -d: -f1 | sort -u | grep -c .)" -gt 1 ]; then
  report 'libunwind belongs in one file only' "$unwinders"
fi

# But for words of the kernel (the flags PG_owner_2 and PG_owner_priv_1, the
# tracepoint field change_ownership) and the name of a chapter of the
# specification.
report 'alloc/ does not know about owners' \
  "$(lines '[Oo][Ww][Nn][Ee][Rr]' alloc |
    grep -viE '^([^:]*:){2}.*(owner_?2|owner_?priv|change_ownership|page-ext-owner-depot)' || true)"

exit "$failures"
