#!/usr/bin/env bash
# Counts the instructions of a pair, allocation and free, under callgrind, for
# each row of docs/performance.md, and compares them with what they may be at
# most. Exact, and the same on every run with one compiler.
#
# usage: tools/check_instructions.sh [build directory]
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly build=${1:-build}
readonly program=$build/bin/pagelab_count_rows
readonly -A limits=([repeat0]=150 [repeat9]=250 [bulk]=300 [churn]=250 [mix]=300)
readonly rows=(repeat0 repeat9 bulk churn mix)
failures=0

if ! command -v valgrind >/dev/null; then
  echo 'check_instructions: valgrind is missing' >&2
  exit 4
fi

# count <row> <rounds>: instructions of the whole run.
count() {
  valgrind --tool=callgrind --callgrind-out-file=/dev/null "$program" "$1" "$2" 2>&1 >/dev/null |
    sed -n 's/.*I *refs: *//p' | tr -d ,
}

for row in "${rows[@]}"; do
  pairs=$("$program" "$row" 1)
  results=$(mktemp -d)
  count "$row" 1 >"$results/1" &
  count "$row" 2 >"$results/2"
  wait "$!"
  one=$(<"$results/1")
  two=$(<"$results/2")
  rm -r "$results"
  if [ -z "$one" ] || [ -z "$two" ] || [ "$two" -le "$one" ]; then
    echo "check_instructions: $row: callgrind counted \"$one\" and \"$two\"" >&2
    exit 4
  fi
  verdict=$(awk -v n=$((two - one)) -v pairs="$pairs" -v limit="${limits[$row]}" 'BEGIN {
    printf "%7.1f of at most %s%s", n / pairs, limit, (n / pairs > limit ? ": too many" : "")
  }')
  printf '%-8s %s\n' "$row" "$verdict"
  case $verdict in *'too many') failures=1 ;; esac
done
exit "$failures"
