# shellcheck shell=bash
# Sourced: a whole Sigstore on loopback, and the trust files that describe it.

issuer_url=http://localhost:8080
other_issuer_url=http://localhost:8081
fulcio_url=http://127.0.0.1:5555
ctlog_url=http://127.0.0.1:6962
rekor1_url=http://127.0.0.1:3000
rekor2_url=http://127.0.0.1:3003
tsa_url=http://127.0.0.1:3004/api/v1/timestamp

start_sigstore() {
  keys=$work/keys
  mkdir -p "$keys"
  kit keys "$keys"
  start_issuers
  start ctlog "$ctlog_dir/ctlog" -key "$keys/ctlog.key.pem" -roots "$keys/root.pem" -dir "$work/ctlog"
  wait_for ctlog "$ctlog_url/ct/v1/get-roots"
  start tsa "$tsa_dir/timestamp-server" serve --host=127.0.0.1 --port=3004 --timestamp-signer=memory \
    --disable-ntp-monitoring
  wait_for tsa "$tsa_url/certchain"
  curl --silent --fail "$tsa_url/certchain" >"$keys/tsa.pem"
  start_rekor2
  start_rekor1
  start_fulcio
}

start_issuers() {
  start issuer "$issuer_dir/record-issuer" -address 127.0.0.1:8080 -issuer "$issuer_url"
  wait_for issuer "$issuer_url/keys"
  start other-issuer "$issuer_dir/record-issuer" -address 127.0.0.1:8081 -issuer "$other_issuer_url"
  wait_for other-issuer "$other_issuer_url/keys"
}

start_rekor2() {
  start rekor2 "$rekor2_dir/rekor2" serve --storage-dir="$work/rekor2" --signer-filepath="$keys/rekor2.key.pem" \
    --hostname=rekor-local --http-address=127.0.0.1 --grpc-address=127.0.0.1 --http-port=3003 --grpc-port=3001 \
    --http-metrics-port=2114 --checkpoint-interval=1s
  wait_for rekor2 "$rekor2_url/healthz"
}

start_rekor1() {
  start rekor1 "$rekor1_dir/rekor1" serve --trillian_log_server.address=127.0.0.1 --trillian_log_server.port=8090 \
    --rekor_server.address=127.0.0.1 --port=3000 --rekor_server.hostname=rekor.local \
    --rekor_server.signer="$keys/rekor1.key.pem" --enable_retrieve_api=false \
    --enabled_api_endpoints=getLogInfo,getPublicKey,getLogProof,createLogEntry,getLogEntryByUUID
  wait_for rekor1 "$rekor1_url/api/v1/log"
}

start_fulcio() {
  write_fulcio_config >"$work/fulcio.yaml"
  start fulcio "$fulcio_dir/fulcio" serve --config-path="$work/fulcio.yaml" --host=127.0.0.1 --port=5555 \
    --grpc-host=127.0.0.1 --grpc-port=5554 --metrics-port=2113 --legacy-unix-domain-socket="$work/fulcio.sock" \
    --ca=fileca --fileca-cert="$keys/chain.pem" --fileca-key="$keys/intermediate.key.pem" --fileca-key-passwd= \
    --fileca-watch=false --ct-log-url="$ctlog_url" --ct-log-public-key-path="$keys/ctlog.pub.pem"
  wait_for fulcio "$fulcio_url/api/v2/trustBundle"
}

# The templates are those that the public instance uses for GitHub Actions.
write_fulcio_config() {
  local url
  echo "oidc-issuers:"
  for url in "$issuer_url" "$other_issuer_url"; do
    echo "  $url: { issuer-url: \"$url\", client-id: sigstore, type: ci-provider, ci-provider: github-workflow }"
  done
  cat <<'YAML'
ci-issuer-metadata:
  github-workflow:
    default-template-values: { url: "https://github.com", environment: "" }
    extension-templates:
      github-workflow-trigger: event_name
      github-workflow-sha: sha
      github-workflow-name: workflow
      github-workflow-repository: repository
      github-workflow-ref: ref
      build-signer-uri: "{{ .url }}/{{ .job_workflow_ref }}"
      build-signer-digest: job_workflow_sha
      runner-environment: runner_environment
      source-repository-uri: "{{ .url }}/{{ .repository }}"
      source-repository-digest: sha
      source-repository-ref: ref
      source-repository-identifier: repository_id
      source-repository-owner-uri: "{{ .url }}/{{ .repository_owner }}"
      source-repository-owner-identifier: repository_owner_id
      build-config-uri: "{{ .url }}/{{ .workflow_ref }}"
      build-config-digest: workflow_sha
      build-trigger: event_name
      run-invocation-uri: "{{ .url }}/{{ .repository }}/actions/runs/{{ .run_id }}/attempts/{{ .run_attempt }}"
      source-repository-visibility-at-signing: repository_visibility
      deployment-environment: environment
    subject-alternative-name-template: "{{ .url }}/{{ .job_workflow_ref }}"
YAML
}

# write_trust OUT: OUT/trusted_root.json for verifiers, and the signing configurations for Rekor v2 and v1.
write_trust() {
  local start
  start=$(date -u -d '1 hour ago' +%Y-%m-%dT%H:00:00Z)
  # With `origin` the log id of Rekor v2 is the C2SP key id, which its entries carry; Rekor v1 has the key's hash.
  "$cosign3_dir/cosign" trusted-root create --out "$1/trusted_root.json" \
    --fulcio "url=$fulcio_url,certificate-chain=$keys/chain.pem" \
    --ctfe "url=$ctlog_url,public-key=$keys/ctlog.pub.pem,start-time=$start" \
    --rekor "url=http://rekor-local,origin=rekor-local,public-key=$keys/rekor2.pub.pem,start-time=$start" \
    --rekor "url=$rekor1_url,public-key=$keys/rekor1.pub.pem,start-time=$start" \
    --tsa "url=$tsa_url,certificate-chain=$keys/tsa.pem"
  local common=(
    --fulcio "url=$fulcio_url,api-version=1,start-time=$start,operator=sandbox"
    --oidc-provider "url=$issuer_url,api-version=1,start-time=$start,operator=sandbox"
    --rekor-config ANY)
  "$cosign3_dir/cosign" signing-config create --out "$work/signing-rekor2.json" "${common[@]}" \
    --rekor "url=$rekor2_url,api-version=2,start-time=$start,operator=sandbox" \
    --tsa "url=$tsa_url,api-version=1,start-time=$start,operator=sandbox" --tsa-config ANY
  "$cosign3_dir/cosign" signing-config create --out "$work/signing-rekor1.json" "${common[@]}" \
    --rekor "url=$rekor1_url,api-version=1,start-time=$start,operator=sandbox"
  trusted_root=$1/trusted_root.json
}

# token WHO: an identity token of one of the workflows that the cases speak of.
token() {
  local url=$issuer_url repository=acme/app ref=refs/tags/v1.2.3
  case $1 in
    release) ;;
    branch) ref=refs/heads/main ;;
    other-workflow) repository=acme/other ;;
    other-issuer) url=$other_issuer_url ;;
    *) die "unknown signer: $1" ;;
  esac
  curl --silent --fail --get "$url/token" --data-urlencode "repository=$repository" \
    --data-urlencode workflow=release.yml --data-urlencode "ref=$ref"
}
