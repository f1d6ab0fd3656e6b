#!/usr/bin/env bash
# Checks that report/web/dist is what report/web/src gives, byte for byte, and
# that the types are right; --fix builds it anew.
# usage: tools/check_web.sh [--fix]
# Needs Node 18 or newer, npm, and the npm registry for the pinned packages.
set -euo pipefail

cd "$(dirname "$0")/../report/web"

# A lock file names no host but the public registry, or none.
if grep -E '"resolved":' package-lock.json | grep -v '"https://registry\.npmjs\.org/'; then
  printf 'package-lock.json: the addresses above are not of registry.npmjs.org\n' >&2
  exit 1
fi

# Scripts of packages are not run: none of these needs one.
npm ci --ignore-scripts --no-audit --no-fund
npx tsc --noEmit
if [ "${1:-}" = --fix ]; then
  node build.mjs
  exit
fi
built=$(mktemp)
trap 'rm -f "$built"' EXIT
node build.mjs "$built"
cmp "$built" dist/report.html || {
  printf 'dist/report.html is not what src/ gives; tools/check_web.sh --fix builds it\n' >&2
  exit 1
}
