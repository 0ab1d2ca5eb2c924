# Sourced by every script: where the tree is, how many jobs to run, where compilers keep their cache.
# Sets CHARTSEAL_ROOT, CHARTSEAL_JOBS and CCACHE_DIR; defines say, die and seconds_since. Changes directory to the root of the tree.
# shellcheck shell=bash

CHARTSEAL_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$CHARTSEAL_ROOT" || exit 2
CHARTSEAL_JOBS=${CHARTSEAL_JOBS:-$(nproc 2>/dev/null || echo 2)}
# Outside the tree, so that a fresh clone builds from a warm cache.
CCACHE_DIR=${CCACHE_DIR:-${XDG_CACHE_HOME:-${HOME:-/var/tmp}/.cache}/chartseal-ccache}
# Three presets of one tree fit with room to spare.
CCACHE_MAXSIZE=${CCACHE_MAXSIZE:-3G}
export CHARTSEAL_ROOT CHARTSEAL_JOBS CCACHE_DIR CCACHE_MAXSIZE

say() { printf '%s: %s\n' "${0#"$CHARTSEAL_ROOT"/}" "$*" >&2; }

# die CODE MESSAGE...: 1 = the thing that was checked is wrong, 2 = used wrongly or cannot run here.
die() {
  local code=$1
  shift
  say "$@"
  exit "$code"
}

# seconds_since START: whole seconds since a value of $SECONDS.
seconds_since() { printf '%s' "$((SECONDS - $1))"; }

# build_dir PRESET: where CMakePresets.json puts the build of PRESET.
build_dir() { if [ "$1" = release ]; then echo build; else echo "build-$1"; fi; }

# configure_and_build PRESET [TARGET...]: cmake for one preset; without targets everything is built.
configure_and_build() {
  local preset=$1
  shift
  cmake --preset "$preset" >/dev/null || die 1 "cmake --preset $preset failed (its message is above)"
  cmake --build --preset "$preset" -j "$CHARTSEAL_JOBS" ${1:+--target "$@"}
}
