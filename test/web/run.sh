#!/usr/bin/env bash
# Looks at the pages of `pagelab report` with a real browser.
# usage: run.sh <program> [directory for screenshots]
# Exit code 77: skipped, with the reason.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
modules=$here/../../report/web/node_modules

skip() {
  printf 'SKIPPED: %s\n' "$*"
  exit 77
}

command -v node >/dev/null || skip 'no node (Debian: nodejs)'
version=$(node -p 'process.versions.node.split(".")[0]')
[ "$version" -ge 18 ] || skip "node $version is older than 18"
[ -d "$modules/playwright-core" ] ||
  skip 'no node modules: run "npm ci" in report/web, or tools/check_web.sh'
browser=${PAGELAB_CHROMIUM:-$(command -v chromium || command -v google-chrome || true)}
[ -n "$browser" ] || skip 'no chromium (Debian: chromium); PAGELAB_CHROMIUM names another'

exec node "$here/report_page_test.mjs" "$browser" "$@"
