#!/usr/bin/env bash
# What ./quickstart says where it cannot go on, and what it would install.
# usage: quickstart_test.sh <source directory>
set -euo pipefail

source_directory=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

failures=0
expect() {
  local what=$1 wanted=$2 found=$3
  if [[ "$found" != *"$wanted"* ]]; then
    printf 'FAILED: %s\n  wanted: %s\n  found: %s\n' "$what" "$wanted" "$found"
    failures=1
  fi
}

# A copy, so that nothing here can touch a real build directory.
mkdir -p "$work/tree" "$work/bin"
cp "$source_directory/quickstart" "$work/tree/"
for tool in bash env cat sed dirname; do
  ln -s "$(command -v "$tool")" "$work/bin/$tool"
done

# run <argument...>: quickstart with only the tools in $work/bin, from
# another directory; sets output and code.
run() {
  code=0
  output=$(cd / && PATH="$work/bin" "$work/tree/quickstart" "$@" 2>&1) || code=$?
}

# tool <name> <script line...>: a tool of that name. The variables in single
# quotes below are for it to expand.
tool() {
  local name=$1
  shift
  rm -f "$work/bin/$name"
  printf '#!/usr/bin/env bash\n%s\n' "$*" >"$work/bin/$name"
  chmod +x "$work/bin/$name"
}

run --help
expect 'help exits with 0' 0 "$code"
expect 'help names the test command' './quickstart test' "$output"

run tset
expect 'an unknown argument exits with 2' 2 "$code"
expect 'an unknown argument is named' 'unknown argument "tset"' "$output"

run
expect 'without apt it exits with 4' 4 "$code"
expect 'without apt it says so' 'There is no apt on this system' "$output"
expect 'without apt it lists the libraries' 'libunwind 1.6' "$output"
expect 'without apt it says how to go on' './quickstart --no-install' "$output"

run test
expect 'the tests need the same set-up' 4 "$code"

# An apt that records what it is asked for; everything is installed but two.
# shellcheck disable=SC2016
tool dpkg-query 'for package in "$@"; do
  case $package in -*|*status*|libfmt-dev|catch2) ;;
  *) echo "installed $package" ;; esac
done; exit 1'
# shellcheck disable=SC2016
tool apt-get 'echo "apt-get $*"; [ "$1" = update ]'

tool id 'echo 1000'
run
expect 'without root and sudo it exits with 4' 4 "$code"
expect 'without root and sudo it says what to do' \
  'not root and no sudo; as root, run: apt-get install libfmt-dev catch2' "$output"

# shellcheck disable=SC2016
tool sudo 'echo "sudo $*"; exec "$@"'
run
expect 'it says what it is about to install' \
  'installing with sudo apt-get: libfmt-dev catch2' "$output"
expect 'sudo updates the lists' 'sudo apt-get update' "$output"
expect 'only what is missing is installed' \
  'apt-get install -q -y --no-install-recommends libfmt-dev catch2' "$output"
expect 'a failed installation exits with 4' 4 "$code"
expect 'a failed installation is explained' \
  'apt-get could not install the packages above' "$output"

tool id 'echo 0'
run
expect 'root does without sudo' 'installing with apt-get: libfmt-dev catch2' "$output"

# Nothing missing: straight to the build.
# shellcheck disable=SC2016
tool dpkg-query 'for package in "$@"; do echo "installed $package"; done'
tool apt-get 'echo "apt-get was called"'
# shellcheck disable=SC2016
tool cmake 'echo "cmake $*"; exit 1'
run
expect 'a failed configuration exits with 4' 4 "$code"
expect 'the release preset is configured' 'cmake --preset release' "$output"
if [[ "$output" == *'apt-get was called'* ]]; then
  printf 'FAILED: apt-get was called with nothing missing\n'
  failures=1
fi

# Configured for this tree already: only the build, then the scenario.
mkdir -p "$work/tree/build/bin"
touch "$work/tree/build/build.ninja"
echo "CMAKE_HOME_DIRECTORY:INTERNAL=$(cd "$work/tree" && pwd -P)" >"$work/tree/build/CMakeCache.txt"
# shellcheck disable=SC2016
tool ninja 'echo "ninja $*"'
printf '#!/usr/bin/env bash\necho "pagelab $*"\n' >"$work/tree/build/bin/pagelab"
chmod +x "$work/tree/build/bin/pagelab"
run
expect 'a second run exits as the scenario does' 0 "$code"
expect 'the program is built' 'ninja -C build pagelab' "$output"
expect 'the scenario is run' 'pagelab run driver-leak' "$output"
if [[ "$output" == *'cmake --preset'* ]]; then
  printf 'FAILED: a configured tree was configured again\n'
  failures=1
fi

tool nproc 'echo 3'
# shellcheck disable=SC2016
tool ctest 'echo "ctest $*"; exit 8'
run test
expect 'everything is built for the tests' 'ninja -C build all' "$output"
expect 'all tests run' 'ctest --test-dir build' "$output"
expect 'failing tests exit with 1' 1 "$code"

# A build directory that was moved here from elsewhere is made anew.
echo 'CMAKE_HOME_DIRECTORY:INTERNAL=/elsewhere' >"$work/tree/build/CMakeCache.txt"
run
expect 'a foreign build directory is configured again' 'cmake --preset release --fresh' "$output"

exit "$failures"
