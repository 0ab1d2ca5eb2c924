# shellcheck shell=bash
# Sourced after parts.sh: Sigstore's services and cosign, and the two programs of record/ that go with them, each at an exact
# version. Leaves the programs in the environment for run.py.

cosign3_dir=$cache/cosign-v3.1.2
cosign2_dir=$cache/cosign-v2.6.3
fulcio_dir=$cache/fulcio-v1.8.8
tsa_dir=$cache/timestamp-server-v2.1.3
rekor2_dir=$cache/rekor2-v2.3.0
rekor1_dir=$cache/rekor1-v1.5.4
ctlog_dir=$cache/ctlog-v0.1.2
kit_dir=$cache/record-kit
issuer_dir=$cache/record-issuer

kit_part() { go_part "$kit_dir" "$parts/../record" ./kit 2; }
cosign3_part() { go_part "$cosign3_dir" "$parts/cosign3" github.com/sigstore/cosign/v3/cmd/cosign 290; }

sigstore_parts() {
  kit_part
  cosign3_part
  go_part "$issuer_dir" "$parts/../record" ./issuer 2
  go_part "$ctlog_dir" "$parts/ctlog" . 10
  go_part "$rekor2_dir" "$parts/rekor2" github.com/sigstore/rekor-tiles/v2/cmd/rekor-server/posix 30
  go_part "$tsa_dir" "$parts/timestamp-server" \
    github.com/sigstore/timestamp-authority/v2/cmd/timestamp-server 55
  go_part "$fulcio_dir" "$parts/fulcio" github.com/sigstore/fulcio 50
  go_part "$rekor1_dir" "$parts/rekor1" . 220
  go_part "$cosign2_dir" "$parts/cosign2" github.com/sigstore/cosign/v2/cmd/cosign 400
  export CHARTSEAL_KIT=$kit_dir/record-kit CHARTSEAL_ISSUER=$issuer_dir/record-issuer
  export CHARTSEAL_CTLOG=$ctlog_dir/ctlog CHARTSEAL_REKOR2=$rekor2_dir/rekor2 CHARTSEAL_REKOR1=$rekor1_dir/rekor1
  export CHARTSEAL_TSA=$tsa_dir/timestamp-server CHARTSEAL_FULCIO=$fulcio_dir/fulcio
  export CHARTSEAL_COSIGN2=$cosign2_dir/cosign CHARTSEAL_COSIGN3=$cosign3_dir/cosign
}
