#!/usr/bin/env bash
# tools/check_includes.sh accepts this tree and refuses what breaks a rule.
# usage: check_includes_test.sh <source directory>
set -euo pipefail

source_directory=$1
check=$source_directory/tools/check_includes.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

failures=0
fail() {
  printf 'FAILED: %s\n' "$*"
  failures=1
}

# refused <file> <line> <rule>: a tree with only that line in that file.
refused() {
  local output code=0
  rm -rf "$work/tree"
  mkdir -p "$work/tree/$(dirname "$1")"
  printf '%s\n' "$2" >"$work/tree/$1"
  output=$("$check" "$work/tree" 2>&1) || code=$?
  [ "$code" -eq 1 ] || fail "$1: $2: exit code $code"
  [[ "$output" == "$1:1:$2    <- "*"$3"* ]] || fail "$1: $2: said: $output"
}

# accepted <file> <line>
accepted() {
  local output
  rm -rf "$work/tree"
  mkdir -p "$work/tree/$(dirname "$1")"
  printf '%s\n' "$2" >"$work/tree/$1"
  output=$("$check" "$work/tree" 2>&1) || fail "$1: $2: refused: $output"
}

"$check" "$source_directory" || fail 'this tree is refused'

refused base/a.h '#include "pagelab/alloc/zone.h"' 'base/ may include only: base'
refused alloc/a.cc '#include "pagelab/owner/record.h"' 'alloc/ may include only: base, alloc'
refused pageext/a.h '#include "pagelab/stackdepot/handle.h"' 'pageext/ may include only'
refused stackdepot/a.h '#include "pagelab/pageext/page_ext.h"' 'stackdepot/ may include only'
refused owner/a.h '#include "pagelab/sim/machine.h"' 'owner/ may include only'
refused sim/deep/a.h '#include "pagelab/workloads/scenario.h"' 'sim/ may include only'
refused workloads/a.h '#include "pagelab/cli/command.h"' 'workloads/ may include only'
refused cli/a.h '#include "pagelab/test/support/catch.h"' 'cli/ may include only'
refused sim/a.h '#include "machine.h"' 'write "pagelab/'
refused workloads/a.h '#include <nlohmann/json.hpp>' 'nlohmann/json'
refused cli/a.cc '#include <nlohmann/json.hpp>' 'nlohmann/json'
refused workloads/a.cc '#include <CLI/CLI.hpp>' 'CLI11'
refused test/sim/a.cc '#include <catch2/catch.hpp>' 'Catch2'
refused test/sim/a.cc '#include <benchmark/benchmark.h>' 'Google Benchmark'
refused sim/a.cc '#include <boost/intrusive/list.hpp>' 'Boost'
refused workloads/a.cc '#include <archive.h>' 'libarchive'
refused base/decompressor.cc '#include <zlib.h>' 'zlib'
refused workloads/trace/a.cc '#include <trace-cmd.h>' 'libtracecmd'
refused workloads/trace/trace_dat_a.h '#include <event-parse.h>' 'libtracecmd'
refused stackdepot/a.h '#include <libunwind.h>' 'libunwind'
refused owner/a.cc '#include <libunwind.h>' 'libunwind'
refused alloc/a.cc '// Tells the owner.' 'alloc/ does not know about owners'

accepted workloads/trace/trace_dat_reader.cc '#include <trace-cmd.h>'
accepted owner/a.cc '#include "pagelab/stackdepot/handle.h"'
accepted workloads/deep/a.cc '#include <nlohmann/json.hpp>'
accepted stackdepot/a.cc '#include <libunwind.h>'
accepted alloc/a.h '#include <boost/intrusive/list.hpp>'
accepted alloc/a.h '// The kernel prints "owner_2".'

exit "$failures"
