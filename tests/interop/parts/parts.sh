# shellcheck shell=bash
# Sourced, with $parts naming this directory: how a real tool is built or fetched once into a cache outside the tree, at
# an exact version.
#
#   $cache/<name>-<version>/<binary>    and beside it `stamp`, the hash of what it was built from

cache=${XDG_CACHE_HOME:-$HOME/.cache}/chartseal-parts

say() { printf '%s\n' "$*" >&2; }
die() { say "$(basename "$0"): $*"; exit 1; }

need() { # need COMMAND HINT
  command -v "$1" >/dev/null || die "$1 is needed and not on PATH; $2"
}

# go_part DIR SOURCE PACKAGE SECONDS [LDFLAGS]: build PACKAGE of the Go module in SOURCE into DIR unless it is there already.
go_part() {
  local dir=$1 source=$2 package=$3 seconds=$4 ldflags=${5:-} name=${1##*/} stamp start=$SECONDS
  stamp=$(cd "$source" && find . \( -name '*.go' -o -name 'go.*' \) -print0 | sort -z | xargs -0 sha256sum | sha256sum)
  stamp+=${ldflags:+" $ldflags"}
  if [ -x "$dir/${name%-v[0-9]*}" ] && [ "$(cat "$dir/stamp" 2>/dev/null)" = "$stamp" ]; then
    say "part $name: ready"
    return
  fi
  need go "install Go 1.26 or later"
  say "part $name: building, about $seconds s from a cold cache"
  mkdir -p "$dir"
  local version=${name##*-}
  (cd "$source" && nice -n 5 go build -mod=readonly -p 2 -trimpath \
    -ldflags "-s -w ${ldflags:--X sigs.k8s.io/release-utils/version.gitVersion=$version}" \
    -o "$dir/${name%-v[0-9]*}" "$package")
  printf '%s\n' "$stamp" >"$dir/stamp"
  say "part $name: built in $((SECONDS - start)) s"
}
