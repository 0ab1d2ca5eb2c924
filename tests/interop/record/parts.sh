# shellcheck shell=bash
# Sourced: the real tools that recording needs, each at an exact version.

parts=$here/../parts
# shellcheck source=/dev/null
source "$parts/parts.sh"
# shellcheck source=/dev/null
source "$parts/private_network.sh"

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
  helm_part "$helm_dir"
  go_part "$issuer_dir" "$here" ./issuer 2
  go_part "$ctlog_dir" "$parts/ctlog" . 10
  go_part "$rekor2_dir" "$parts/rekor2" github.com/sigstore/rekor-tiles/v2/cmd/rekor-server/posix 30
  go_part "$tsa_dir" "$parts/timestamp-server" \
    github.com/sigstore/timestamp-authority/v2/cmd/timestamp-server 55
  go_part "$fulcio_dir" "$parts/fulcio" github.com/sigstore/fulcio 50
  go_part "$rekor1_dir" "$parts/rekor1" . 220
  go_part "$cosign2_dir" "$parts/cosign2" github.com/sigstore/cosign/v2/cmd/cosign 400
}
