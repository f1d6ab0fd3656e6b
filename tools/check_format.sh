#!/usr/bin/env bash
# Checks that every C++ file is as clang-format leaves it; --fix makes it so.
# usage: tools/check_format.sh [--fix]
set -euo pipefail

cd "$(dirname "$0")/.."

mode=(--dry-run -Werror)
if [ "${1:-}" = --fix ]; then
  mode=(-i)
fi
folders=()
for folder in base alloc stackdepot pageext owner sim workloads report cli bench test; do
  if [ -d "$folder" ]; then
    folders+=("$folder")
  fi
done
find "${folders[@]}" -type f \( -name '*.h' -o -name '*.cc' \) -print0 |
  xargs -0 "${CLANG_FORMAT:-clang-format}" --style=file "${mode[@]}"
