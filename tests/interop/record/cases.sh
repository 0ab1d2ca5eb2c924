# shellcheck shell=bash
# Sourced: one function for each recorded case. Each works in a repository of its own, named after the case.

record_cases() {
  local one
  (cd "$work" && COSIGN_PASSWORD='' "$cosign3_dir/cosign" generate-key-pair --output-key-prefix k1) \
    2>"$work/log/keypair"
  cp "$work/k1.pub" "$out/k1.pub"
  kit case "$out/cases.json" "identity=https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1.2.3" \
    "issuer=$issuer_url" 'identity_regexp=https://github\.com/acme/app/\.github/workflows/release\.yml@refs/tags/v.+'
  for one in chart_signed image_signed image_unsigned image_other_workflow image_branch image_other_issuer \
    image_attested_only image_moved_tag image_crowd index_signed index_signed_child_asked bundle_reattached \
    keyed_bundle keyed_legacy legacy_signed legacy_cosign3 legacy_other_workflow legacy_reattached both_layouts \
    rekor1_bundle cosign2_bundle; do
    "case_$one"
  done
}

# begin NAME REGISTRY: the case that the next commands make, and the kind of registry that it is made in.
begin() {
  name=$1
  kind=$2
  repo=$(host_of "$kind")/$name
  started=$SECONDS
}

# finish DIGEST yes|no REASON WHY [MEMBER=VALUE...]: write the layout and the case's entry.
finish() {
  local digest=$1 expect=$2 reason=$3 why=$4 member extra=()
  shift 4
  for member in "$@"; do
    [[ $member != signed_digest=* ]] || extra+=("${member#*=}")
  done
  kit save "$repo" "$out/$name" "$digest" "${extra[@]}"
  kit case "$out/cases.json" "name=$name" "digest=$digest" "expect=$expect" "reason=$reason" "why=$why" \
    "registry=$kind" "$@"
  say "case $name: recorded in $((SECONDS - started)) s"
}

# logged COMMAND...: output into a log that is shown when the command fails.
logged() {
  last_log=$work/log/$name
  "$@" >>"$last_log" 2>&1
  last_log=
}

image() { kit image "$repo" "$@"; }

# sign WHO DIGEST: bundle of cosign 3, Rekor v2, TSA.
sign() {
  SIGSTORE_ID_TOKEN=$(token "$1") logged "$cosign3_dir/cosign" sign --yes --allow-http-registry \
    --signing-config "$work/signing-rekor2.json" --trusted-root "$trusted_root" "$repo@$2"
}

# attest WHO DIGEST TYPE PREDICATE: attestation of cosign 3 with the predicate given as JSON text.
attest() {
  printf '%s' "$4" >"$work/predicate.json"
  SIGSTORE_ID_TOKEN=$(token "$1") logged "$cosign3_dir/cosign" attest --yes --allow-http-registry --type "$3" \
    --predicate "$work/predicate.json" --signing-config "$work/signing-rekor2.json" \
    --trusted-root "$trusted_root" "$repo@$2"
}

# with_rekor1 COMMAND...: the environment from which cosign 2, and cosign 3 without a signing config, take their trust.
with_rekor1() {
  SIGSTORE_ROOT_FILE=$keys/chain.pem SIGSTORE_CT_LOG_PUBLIC_KEY_FILE=$keys/ctlog.pub.pem \
    SIGSTORE_REKOR_PUBLIC_KEY=$keys/rekor1.pub.pem logged "$@"
}

# sign_by_cosign2 WHO DIGEST [FLAG...]: legacy layout, Rekor v1, unless a flag says otherwise.
sign_by_cosign2() {
  local who=$1 digest=$2
  shift 2
  with_rekor1 "$cosign2_dir/cosign" sign --yes --allow-http-registry --fulcio-url "$fulcio_url" \
    --rekor-url "$rekor1_url" --identity-token "$(token "$who")" "$@" "$repo@$digest"
}

slsa='{"buildDefinition":{"buildType":"https://example.com/build/v1","externalParameters":{}},
"runDetails":{"builder":{"id":"https://example.com/builder"}}}'

case_chart_signed() {
  begin chart-signed fallback-tag
  local digest
  (cd "$work" && "$helm_dir/helm" create shop && rm -r shop/templates/tests &&
    "$helm_dir/helm" package --version 1.2.3 --app-version 1.2.3 shop) >"$work/log/$name" 2>&1
  # helm appends the chart's name to the repository it is told.
  digest=$("$helm_dir/helm" push --plain-http "$work/shop-1.2.3.tgz" "oci://$repo" 2>&1 | sed -n 's/^Digest: //p')
  [ -n "$digest" ] || die "helm push printed no digest"
  repo=$repo/shop
  sign release "$digest"
  finish "$digest" yes "" "chart pushed by helm; cosign 3 bundle, Rekor v2, TSA" tag=1.2.3
}

case_image_signed() {
  begin image-signed referrers-api
  local digest
  digest=$(image v1)
  sign release "$digest"
  finish "$digest" yes "" "cosign 3 bundle in a registry with the referrers API"
}

case_image_unsigned() {
  begin image-unsigned fallback-tag
  finish "$(image v1)" no no-signature "no signature at all"
}

case_image_other_workflow() {
  begin image-other-workflow fallback-tag
  local digest
  digest=$(image v1)
  sign other-workflow "$digest"
  finish "$digest" no identity-mismatch "signed by the workflow of another repository"
}

case_image_branch() {
  begin image-branch referrers-api
  local digest
  digest=$(image v1)
  sign branch "$digest"
  finish "$digest" no identity-mismatch "signed by the right workflow, run on a branch"
}

case_image_other_issuer() {
  begin image-other-issuer fallback-tag
  local digest
  digest=$(image v1)
  sign other-issuer "$digest"
  finish "$digest" no issuer-mismatch "the right identity, vouched for by another issuer"
}

case_image_attested_only() {
  begin image-attested-only fallback-tag
  local digest
  digest=$(image v1)
  attest release "$digest" slsaprovenance1 "$slsa"
  finish "$digest" no no-signature "an attestation by the right identity is not a signature" \
    attestation=https://slsa.dev/provenance/v1
}

case_image_moved_tag() {
  begin image-moved-tag fallback-tag
  local signed digest
  signed=$(image v1)
  sign release "$signed"
  digest=$(image v1)
  finish "$digest" no no-signature "the tag was moved from the signed content to unsigned content" tag=v1 \
    "signed_digest=$signed"
}

case_image_crowd() {
  begin image-crowd referrers-api
  local digest
  digest=$(image v1)
  sign other-workflow "$digest"
  attest other-workflow "$digest" slsaprovenance1 "$slsa"
  kit other "$repo" "$digest" application/spdx+json >/dev/null
  sign release "$digest"
  sign branch "$digest"
  attest branch "$digest" spdxjson '{"spdxVersion":"SPDX-2.3","name":"recorded"}'
  finish "$digest" yes "" "six referrers, one is the signature asked for"
}

case_index_signed() {
  begin index-signed referrers-api
  local digest child
  read -r digest child <<<"$(kit index "$repo" v1)"
  sign release "$digest"
  finish "$digest" yes "" "the index of a multi-architecture image is signed, and asked for"
}

case_index_signed_child_asked() {
  begin index-signed-child-asked fallback-tag
  local digest child
  read -r digest child <<<"$(kit index "$repo" v1)"
  sign release "$digest"
  finish "$child" no no-signature "the index is signed, its amd64 image is asked for" "signed_digest=$digest"
}

case_bundle_reattached() {
  begin bundle-reattached fallback-tag
  local signed digest
  signed=$(image signed)
  sign release "$signed"
  digest=$(image v1)
  kit reattach "$repo" "$signed" "$digest" >/dev/null
  finish "$digest" no subject-digest-mismatch "the bundle of another image, attached by hand" "signed_digest=$signed"
}

case_keyed_bundle() {
  begin keyed-bundle fallback-tag
  local digest
  digest=$(image v1)
  COSIGN_PASSWORD='' logged "$cosign3_dir/cosign" sign --yes --allow-http-registry --key "$work/k1.key" \
    --signing-config "$work/signing-rekor2.json" --trusted-root "$trusted_root" "$repo@$digest"
  finish "$digest" yes "" "key pair, bundle, Rekor v2" key=k1.pub
}

case_keyed_legacy() {
  begin keyed-legacy fallback-tag
  local digest
  digest=$(image v1)
  COSIGN_PASSWORD='' with_rekor1 "$cosign2_dir/cosign" sign --yes --allow-http-registry --key "$work/k1.key" \
    --rekor-url "$rekor1_url" "$repo@$digest"
  finish "$digest" yes "" "key pair, cosign 2 .sig tag, Rekor v1" key=k1.pub
}

case_legacy_signed() {
  begin legacy-signed fallback-tag
  local digest
  digest=$(image v1)
  sign_by_cosign2 release "$digest"
  finish "$digest" yes "" "cosign 2 .sig tag, signed entry timestamp only"
}

case_legacy_cosign3() {
  begin legacy-cosign3 referrers-api
  local digest
  digest=$(image v1)
  with_rekor1 "$cosign3_dir/cosign" sign --yes --allow-http-registry --new-bundle-format=false \
    --use-signing-config=false --fulcio-url "$fulcio_url" --rekor-url "$rekor1_url" --identity-token "$(token release)" "$repo@$digest"
  finish "$digest" yes "" "cosign 3 .sig tag with an empty chain: the intermediate comes from the trusted root"
}

case_legacy_other_workflow() {
  begin legacy-other-workflow referrers-api
  local digest
  digest=$(image v1)
  sign_by_cosign2 other-workflow "$digest"
  finish "$digest" no identity-mismatch "cosign 2 .sig tag, signed by the workflow of another repository"
}

case_legacy_reattached() {
  begin legacy-reattached fallback-tag
  local signed digest
  signed=$(image signed)
  sign_by_cosign2 release "$signed"
  digest=$(image v1)
  kit copy "$repo" "${signed/:/-}.sig" "${digest/:/-}.sig"
  finish "$digest" no subject-digest-mismatch "the .sig manifest of another image, copied to this one's tag" \
    "signed_digest=$signed"
}

case_both_layouts() {
  begin both-layouts fallback-tag
  local digest
  digest=$(image v1)
  sign_by_cosign2 release "$digest"
  sign other-workflow "$digest"
  finish "$digest" yes "" "a good .sig tag beside somebody else's bundle; cosign looks at the bundle only"
}

case_rekor1_bundle() {
  begin rekor1-bundle fallback-tag
  local digest
  digest=$(image v1)
  SIGSTORE_ID_TOKEN=$(token release) logged "$cosign3_dir/cosign" sign --yes --allow-http-registry \
    --signing-config "$work/signing-rekor1.json" --trusted-root "$trusted_root" "$repo@$digest"
  finish "$digest" yes "" "cosign 3 bundle, Rekor v1: promise and proof, no TSA"
}

case_cosign2_bundle() {
  begin cosign2-bundle fallback-tag
  local digest
  digest=$(image v1)
  sign_by_cosign2 release "$digest" --new-bundle-format
  finish "$digest" yes "" "cosign 2 bundle: no predicate member; descriptor artifactType is the empty config type"
}
